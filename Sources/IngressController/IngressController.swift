// IngressController
