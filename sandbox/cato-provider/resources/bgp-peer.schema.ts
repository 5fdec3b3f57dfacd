import type { Attributes } from '../../terraform-plugin/index.js';

const required = { type: 'string', required: true } as const;
const optional = { type: 'string', optional: true } as const;
const requiredNumber = { type: 'number', required: true } as const;
const optionalNumber = { type: 'number', optional: true } as const;
const optionalComputed = { optional: true, computed: true } as const;

/** `cato_bgp_peer`. Nothing forces a replacement, not even another site. */
export const bgpPeerSchema: Attributes = {
  id: { type: 'string', computed: true, stable: true, description: 'Id of the peer.' },
  site_id: { ...required, description: 'Site of the peer; a change is not sent to the vendor.' },
  name: { ...required, description: 'Name of the peer.' },
  peer_asn: { ...requiredNumber, description: 'AS number of the peer.' },
  cato_asn: { ...requiredNumber, description: 'AS number of Cato.' },
  peer_ip: { ...required, description: 'Address of the peer: private_site_ip of a tunnel.' },
  default_action: { ...required, oneOf: ['ACCEPT', 'DROP'] },
  advertise_default_route: { ...optionalComputed, type: 'bool', default: true },
  advertise_all_routes: { ...optionalComputed, type: 'bool', default: false },
  advertise_summary_routes: { ...optionalComputed, type: 'bool', default: false },
  perform_nat: { ...optionalComputed, type: 'bool', default: false },
  metric: { ...optionalComputed, type: 'number', default: 50 },
  hold_time: { ...optionalComputed, type: 'number', default: 60 },
  keepalive_interval: { ...optionalComputed, type: 'number', default: 20 },
  bfd_enabled: { ...optionalComputed, type: 'bool', default: false },
  md5_auth_key: { ...optional, sensitive: true },
  summary_route: {
    optional: true,
    type: {
      nesting: 'list',
      attributes: {
        route: { ...required },
        community: {
          optional: true,
          type: { nesting: 'list', attributes: { from: { ...requiredNumber }, to: { ...requiredNumber } } },
        },
      },
    },
  },
  bfd_settings: {
    optional: true,
    type: {
      nesting: 'single',
      attributes: {
        transmit_interval: { ...optionalNumber },
        receive_interval: { ...optionalNumber },
        multiplier: { ...optionalNumber },
      },
    },
  },
  tracking: {
    optional: true,
    type: {
      nesting: 'single',
      attributes: {
        enabled: { type: 'bool', optional: true },
        alert_frequency: { ...optional, oneOf: ['HOURLY', 'DAILY', 'WEEKLY', 'IMMEDIATE'] },
        subscription_id: { ...optional },
      },
    },
  },
};
