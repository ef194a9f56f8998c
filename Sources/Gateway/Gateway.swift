/// # Gateway
///
/// HTTP to values and back. Two listeners serve the same routes: TLS (HTTP/1.1 and HTTP/2 by ALPN, client
/// certificates) and plain HTTP on loopback. What comes in becomes one `APIServer.Request`; what goes out is one
/// `APIServer.Answer`: bytes, a stream or a tunnel.
///
/// - `Listener/`: sockets, TLS and the choice of protocol, on Hummingbird's `Server` with a child channel of our own.
/// - `Exchange/`: the turns of request and answer on one connection; time limits; streams with back-pressure; tunnels.
/// - `Routes/`: the list of routes (`WebRoutes.all`), what is checked before any of them, problems (RFC 9457).
/// - `Apply/`: `POST /apply`, three-way merge as `kubectl apply` does it.
/// - `Pages/`: the documentation page and the OpenAPI document it is drawn from.
///
/// Absent on purpose: what the cluster API means (APIServer), tables (Records), certificates' making (Kubeadm).
