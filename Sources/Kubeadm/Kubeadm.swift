// # Kubeadm
//
// What a cluster needs before it serves: the public key infrastructure (`PKI`, and the store's own, `StorePKI`), which
// `CertificateKeeper` renews while the process runs; kubeconfig files (`Kubeconfig`, and `AdminKubeconfig` reads the
// administrator's), the administrator's token, the data
// directory's lock and layout (`DataDirectory`), and its network on this machine (`NetworkPlanner` chooses, `NetworkClaim`
// keeps it for the process, `NetworkRegister` for clusters that are stopped).
//
// Absent on purpose: serving, and anything that needs a running cluster.
