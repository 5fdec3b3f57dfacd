import type { Attribute, Attributes } from '../../terraform-plugin/index.js';

const CIPHERS = ['NONE', 'AUTOMATIC', 'AES_CBC_128', 'AES_CBC_256', 'AES_GCM_128', 'AES_GCM_256', 'DES3_CBC'];
const DH_GROUPS = [
  'NONE',
  'AUTOMATIC',
  'DH_2_MODP1024',
  'DH_5_MODP1536',
  'DH_14_MODP2048',
  'DH_15_MODP3072',
  'DH_16_MODP4096',
  'DH_19_ECP256',
  'DH_20_ECP384',
  'DH_21_ECP521',
];
const HASHES = ['NONE', 'AUTOMATIC', 'MD5', 'SHA1', 'SHA256', 'SHA384', 'SHA512'];

const required = { type: 'string', required: true } as const;
const optional = { type: 'string', optional: true } as const;
const stableId = { type: 'string', computed: true, stable: true } as const;

function automatic(description: string, oneOf: readonly string[]): Attribute {
  return { type: 'string', description, optional: true, computed: true, default: 'AUTOMATIC', oneOf };
}

const tunnels: Attribute = {
  description: 'The tunnels of this group, at most three.',
  optional: true,
  type: {
    nesting: 'list',
    attributes: {
      tunnel_id: { ...stableId, description: 'PRIMARY1 to PRIMARY3, SECONDARY1 to SECONDARY3.' },
      public_site_ip: { ...optional, description: 'Public address of the site.' },
      private_cato_ip: { ...optional, description: "Cato's address inside the tunnel." },
      private_site_ip: { ...optional, description: "The site's address inside the tunnel." },
      psk: { ...required, sensitive: true, description: 'Pre-shared key; it cannot be read back.' },
      last_mile_bw: {
        description: 'Bandwidth of the line in Mbps.',
        optional: true,
        type: {
          nesting: 'single',
          attributes: {
            downstream: { type: 'number', required: true },
            upstream: { type: 'number', required: true },
            downstream_mbps_precision: { type: 'number', optional: true },
            upstream_mbps_precision: { type: 'number', optional: true },
          },
        },
      },
    },
  },
};

const tunnelGroup = {
  nesting: 'single',
  attributes: {
    destination_type: { ...optional, description: 'FQDN or IPv4.' },
    public_cato_ip_id: { ...optional, description: 'Id of an allocated address.' },
    pop_location_id: { ...optional, description: 'Id of a point of presence.' },
    tunnels,
  },
} as const;

const cryptoMessage = {
  nesting: 'single',
  attributes: {
    cipher: automatic('Cipher.', CIPHERS),
    dh_group: automatic('Diffie-Hellman group.', DH_GROUPS),
    integrity: automatic('Integrity algorithm.', HASHES),
    prf: automatic('Pseudo-random function.', HASHES),
  },
} as const;

/** `cato_ipsec_site`. No attribute forces a replacement. */
export const ipsecSiteSchema: Attributes = {
  id: { ...stableId, description: 'Site id.' },
  name: { ...required, description: 'Site name.' },
  site_type: { ...required, description: 'BRANCH, HEADQUARTERS, CLOUD_DC or DATACENTER.' },
  description: { ...required, description: 'Must not be empty: an empty one is read back as unset.' },
  native_network_range: { ...required, description: 'Network of the site in CIDR notation.' },
  native_network_range_id: { type: 'string', optional: true, computed: true, stable: true },
  interface_id: { ...stableId, description: 'Id of the default interface.' },
  site_location: {
    description: 'Where the site is.',
    required: true,
    type: {
      nesting: 'single',
      attributes: {
        country_code: { ...required },
        timezone: { ...required },
        state_code: { ...optional },
        address: { ...optional },
        city: { ...optional },
      },
    },
  },
  ipsec: {
    description: 'IPsec settings. They cannot be read back, so changes made elsewhere are not noticed.',
    required: true,
    type: {
      nesting: 'single',
      attributes: {
        site_id: { ...stableId },
        primary: { description: 'Primary tunnels.', required: true, type: tunnelGroup },
        secondary: { description: 'Secondary tunnels.', optional: true, type: tunnelGroup },
        connection_mode: { ...optional, oneOf: ['RESPONDER_ONLY', 'BIDIRECTIONAL'] },
        identification_type: { ...optional, oneOf: ['IPV4', 'FQDN', 'EMAIL', 'KEY_ID'] },
        init_message: { optional: true, type: cryptoMessage },
        auth_message: { optional: true, type: cryptoMessage },
        network_ranges: { type: ['list', 'string'], optional: true },
      },
    },
  },
};
