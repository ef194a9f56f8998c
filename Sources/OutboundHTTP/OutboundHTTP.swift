// # OutboundHTTP
//
// The HTTP client for calls that we make ourselves (probes, lifecycle hooks, webhooks, registries, metrics):
// `OutboundClient.send(OutboundRequest)` gives an `OutboundResponse` whose body comes in pieces. One thread runs libcurl's
// multi interface for all transfers; the number of transfers, their time and their bodies are bounded.
//
// Absent on purpose: servers, cookies, proxies from the environment, redirects unless asked for, and what is carried
// between two connections (that is bytes between channels, the gateway's).
