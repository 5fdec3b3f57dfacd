# One site: its IPsec tunnels and the BGP peers behind them. One state per site.
# Values come from sitewright.auto.tfvars.json alone; nothing of a customer is written into this file.

terraform {
  required_version = ">= 1.5"

  required_providers {
    cato = {
      source  = "registry.terraform.io/catonetworks/cato"
      version = "0.0.96"
    }
  }

  # Address, lock address and the run's token come from the environment (TF_HTTP_*).
  backend "http" {}
}

provider "cato" {
  baseurl    = var.connection.base_url
  account_id = var.connection.account_id
  token      = var.token

  # Rides out one window of the vendor's rate limit by itself.
  retry_max              = 8
  retry_wait_max_seconds = 60
}

locals {
  groups = { for role in ["primary", "secondary"] : role => [for tunnel in var.site.tunnels : tunnel if tunnel.role == role] }

  # null leaves out the group: the vendor has no empty one.
  ipsec = { for role, tunnels in local.groups : role => length(tunnels) == 0 ? null : {
    public_cato_ip_id = tunnels[0].public_cato_ip_id
    tunnels = [for tunnel in tunnels : {
      public_site_ip  = tunnel.public_site_ip
      private_site_ip = tunnel.private_site_ip
      private_cato_ip = tunnel.private_cato_ip
      psk             = var.psks[tunnel.name]
      last_mile_bw    = { downstream = tunnel.bandwidth.down, upstream = tunnel.bandwidth.up }
    }]
  } }
}

resource "cato_ipsec_site" "site" {
  name                 = var.site.name
  site_type            = var.site.site_type
  description          = var.site.description
  native_network_range = var.site.native_network_range
  site_location        = var.site.location

  ipsec = {
    primary   = local.ipsec.primary
    secondary = local.ipsec.secondary
  }
}

# The reference to the site's id orders a destroy: peers first.
# summary_route and bfd_settings are said in full because the vendor's API returns them: a plan after an apply stays empty.
resource "cato_bgp_peer" "peer" {
  for_each = var.peers

  site_id                  = cato_ipsec_site.site.id
  name                     = each.key
  peer_ip                  = each.value.peer_ip
  peer_asn                 = each.value.peer_asn
  cato_asn                 = each.value.cato_asn
  default_action           = each.value.default_action
  advertise_default_route  = each.value.advertise_default_route
  advertise_all_routes     = each.value.advertise_all_routes
  advertise_summary_routes = each.value.advertise_summary_routes
  perform_nat              = each.value.perform_nat
  metric                   = each.value.metric
  hold_time                = each.value.hold_time
  keepalive_interval       = each.value.keepalive_interval
  bfd_enabled              = each.value.bfd_enabled
  md5_auth_key             = lookup(var.md5_auth_keys, each.key, null)
  summary_route            = []
  bfd_settings             = { transmit_interval = 1000, receive_interval = 1000, multiplier = 5 }
}
