// Kubeadm
