extension KubernetesSchema {
    static let autoscaling = """
        package io.k8s.api.autoscaling.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind Scale
          metadata 1 meta.ObjectMeta always
          spec 2 ScaleSpec always
          status 3 ScaleStatus always
        type ScaleSpec
          replicas 1 int32 default 0
        type ScaleStatus
          replicas 1 int32 required always
          selector 2 string
        """
}
