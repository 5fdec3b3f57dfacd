/** The vendor's enumerations, as its inputs use them. */
export const ENUMS = /* GraphQL */ `
  enum EntityType {
    account
    admin
    allocatedIP
    any
    availablePooledUsage
    availableSiteUsage
    country
    countryState
    dhcpRelayGroup
    groupSubscription
    host
    lanFirewall
    localRouting
    location
    mailingListSubscription
    networkInterface
    portProtocol
    simpleService
    site
    siteRange
    timezone
    vpnUser
    webhookSubscription
  }
  enum ObjectRefBy {
    ID
    NAME
  }
  enum SiteType {
    BRANCH
    CLOUD_DC
    DATACENTER
    HEADQUARTERS
  }
  enum ConnectionMode {
    BIDIRECTIONAL
    RESPONDER_ONLY
  }
  enum IdentificationType {
    EMAIL
    FQDN
    IPV4
    KEY_ID
  }
  enum DestinationType {
    FQDN
    IPv4
  }
  enum IPSecV2InterfaceId {
    PRIMARY1
    PRIMARY2
    PRIMARY3
    SECONDARY1
    SECONDARY2
    SECONDARY3
  }
  enum IPSecV2TunnelRole {
    WAN1
    WAN2
    WAN3
  }
  enum IpSecCipher {
    NONE
    AUTOMATIC
    AES_CBC_128
    AES_CBC_256
    AES_GCM_128
    AES_GCM_256
    DES3_CBC
  }
  enum IpSecDHGroup {
    NONE
    AUTOMATIC
    DH_2_MODP1024
    DH_5_MODP1536
    DH_14_MODP2048
    DH_15_MODP3072
    DH_16_MODP4096
    DH_19_ECP256
    DH_20_ECP384
    DH_21_ECP521
  }
  enum IpSecHash {
    NONE
    AUTOMATIC
    MD5
    SHA1
    SHA256
    SHA384
    SHA512
  }
  enum BgpDefaultAction {
    ACCEPT
    DROP
  }
  enum AlertFrequency {
    HOURLY
    DAILY
    WEEKLY
    IMMEDIATE
  }
  enum SubnetType {
    Direct
    Native
    Routed
    SecondaryNative
    VLAN
  }
  enum DhcpType {
    ACCOUNT_DEFAULT
    DHCP_DISABLED
    DHCP_RANGE
    DHCP_RELAY
  }
`;
