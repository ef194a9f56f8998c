extension KubernetesSchema {
    static let certificates = """
        package io.k8s.api.certificates.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind CertificateSigningRequest
          metadata 1 meta.ObjectMeta always
          spec 2 CertificateSigningRequestSpec required always
          status 3 CertificateSigningRequestStatus always
        kind CertificateSigningRequestList
          metadata 1 meta.ListMeta always
          items 2 [CertificateSigningRequest] required always
        type CertificateSigningRequestSpec
          request 1 bytes required always
          signerName 7 string required always
          expirationSeconds 8 *int32
          usages 5 [string:KeyUsage] atomic
          username 2 string
          uid 3 string
          groups 4 [string] atomic
          extra 6 {[string]}
        type CertificateSigningRequestStatus
          conditions 1 [CertificateSigningRequestCondition] map(type)
          certificate 2 bytes
        type CertificateSigningRequestCondition
          type 1 string:RequestConditionType required always
          status 6 string:ConditionStatus required always
          reason 2 string
          message 3 string
          lastUpdateTime 4 time always
          lastTransitionTime 5 time always
        """
}
