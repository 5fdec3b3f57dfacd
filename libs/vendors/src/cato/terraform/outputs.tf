output "site_id" {
  value = cato_ipsec_site.site.id
}

output "bgp_peer_ids" {
  value = { for tunnel, peer in cato_bgp_peer.peer : tunnel => peer.id }
}

output "native_network_range_id" {
  value = cato_ipsec_site.site.native_network_range_id
}
