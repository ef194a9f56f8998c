// # ClusterClient
//
// The cluster over HTTPS, for programs that are not the API server's own process: `RemoteCluster` is a `ClusterAPI`.
//
// - `RemoteCluster`: the calls. `RetryPolicy` says which are made again, `ResourcePaths` where they go.
// - `RemoteWatch`: a running watch; `WatchLines` cuts its bytes into events.
// - `ClientLimits`: all that is bounded.
//
// Absent on purpose: caches (ControlLoops'), kubeconfigs (Kubeadm's), the protobuf form.
