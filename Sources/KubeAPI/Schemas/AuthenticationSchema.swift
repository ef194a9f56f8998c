extension KubernetesSchema {
    static let authentication = """
        package io.k8s.api.authentication.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind TokenRequest
          metadata 1 meta.ObjectMeta always
          spec 2 TokenRequestSpec always
          status 3 TokenRequestStatus always
        type TokenRequestSpec
          audiences 1 [string] always atomic
          boundObjectRef 3 *BoundObjectReference always
          expirationSeconds 4 *int64 always
        type TokenRequestStatus
          token 1 string always
          expirationTimestamp 2 time always
        type BoundObjectReference
          kind 1 string
          apiVersion 2 string
          name 3 string
          uid 4 string:UID
        kind SelfSubjectReview
          metadata 1 meta.ObjectMeta always
          status 2 SelfSubjectReviewStatus always
        type SelfSubjectReviewStatus
          userInfo 1 UserInfo always
        type UserInfo
          username 1 string
          uid 2 string
          groups 3 [string] atomic
          extra 4 {[string]}
        kind TokenReview
          metadata 1 meta.ObjectMeta always
          spec 2 TokenReviewSpec required always
          status 3 TokenReviewStatus always
        type TokenReviewSpec
          token 1 string required
          audiences 2 [string] atomic
        type TokenReviewStatus
          authenticated 1 bool
          user 2 UserInfo always
          audiences 4 [string] atomic
          error 3 string
        """
}
