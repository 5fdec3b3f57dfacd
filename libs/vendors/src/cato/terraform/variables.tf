variable "connection" {
  type = object({ base_url = string, account_id = string })
}

variable "token" {
  type      = string
  sensitive = true
}

variable "site" {
  type = object({
    name                 = string
    site_type            = string
    description          = string
    native_network_range = string
    location = object({
      country_code = string
      timezone     = string
      state_code   = optional(string)
      city         = optional(string)
      address      = optional(string)
    })
    tunnels = list(object({
      name              = string
      role              = string
      public_cato_ip_id = optional(string)
      public_site_ip    = string
      private_site_ip   = string
      private_cato_ip   = string
      bandwidth         = object({ down = number, up = number })
    }))
  })
}

variable "psks" {
  description = "Pre-shared key per tunnel."
  type        = map(string)
  sensitive   = true
}

variable "peers" {
  description = "BGP peer per tunnel."
  type = map(object({
    peer_ip                  = string
    peer_asn                 = number
    cato_asn                 = number
    default_action           = string
    advertise_default_route  = bool
    advertise_all_routes     = bool
    advertise_summary_routes = bool
    perform_nat              = bool
    metric                   = number
    hold_time                = number
    keepalive_interval       = number
    bfd_enabled              = bool
  }))
}

variable "md5_auth_keys" {
  description = "MD5 key per tunnel whose BGP peer has one."
  type        = map(string)
  sensitive   = true
}
