/// # Gateway
///
/// The cluster's HTTP surface. Two listeners (`HTTPServer`) serve the same routes: TLS (HTTP/1.1 and HTTP/2 by ALPN, client
/// certificates) and plain HTTP. `Site` is the one function from a `Request` to its `Answer`.
///
/// - `Routes/`: the list of routes (`WebRoutes.all`), watches as server-sent events, the way to the samples, metrics.
/// - `Sessions/`: browsers that log in; a cookie is turned into the credentials it stands for.
/// - `Proxying/`: carries what goes through the API's proxies to pods, Services and nodes.
/// - `Apply/`: `POST /apply`, three-way merge as `kubectl apply` does it.
/// - `Pages/`: the documentation page and the OpenAPI document it is drawn from.
///
/// Absent on purpose: connections, routing and what browsers may do (HTTPServer), what the cluster API means (APIServer),
/// the users tutorial (UserService), tables (Records), certificates' making (Kubeadm).
