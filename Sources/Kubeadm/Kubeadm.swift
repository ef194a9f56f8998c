// # Kubeadm
//
// What a cluster needs before it serves: the public key infrastructure (`PKI`, and the
// store's own, `StorePKI`), kubeconfig files (`Kubeconfig`), the
// administrator's token, and the data directory's lock and layout (`DataDirectory`).
//
// Absent on purpose: serving, and anything that needs a running cluster.
