extension KubernetesSchema {
    static let authorization = """
        package io.k8s.api.authorization.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind SelfSubjectAccessReview
          metadata 1 meta.ObjectMeta always
          spec 2 SelfSubjectAccessReviewSpec required always
          status 3 SubjectAccessReviewStatus always
        type SelfSubjectAccessReviewSpec
          resourceAttributes 1 *ResourceAttributes
          nonResourceAttributes 2 *NonResourceAttributes
        type ResourceAttributes
          namespace 1 string
          verb 2 string
          group 3 string
          version 4 string
          resource 5 string
          subresource 6 string
          name 7 string
          fieldSelector 8 *FieldSelectorAttributes
          labelSelector 9 *LabelSelectorAttributes
        type NonResourceAttributes
          path 1 string
          verb 2 string
        type FieldSelectorAttributes
          rawSelector 1 string
          requirements 2 [meta.FieldSelectorRequirement] atomic
        type LabelSelectorAttributes
          rawSelector 1 string
          requirements 2 [meta.LabelSelectorRequirement] atomic
        type SubjectAccessReviewStatus
          allowed 1 bool required always
          denied 4 bool
          reason 2 string
          evaluationError 3 string
        kind SelfSubjectRulesReview
          metadata 1 meta.ObjectMeta always
          spec 2 SelfSubjectRulesReviewSpec required always
          status 3 SubjectRulesReviewStatus always
        type SelfSubjectRulesReviewSpec
          namespace 1 string
        type SubjectRulesReviewStatus
          resourceRules 1 [ResourceRule] required always atomic
          nonResourceRules 2 [NonResourceRule] required always atomic
          incomplete 3 bool required always
          evaluationError 4 string
        type ResourceRule
          verbs 1 [string] required always atomic
          apiGroups 2 [string] atomic
          resources 3 [string] atomic
          resourceNames 4 [string] atomic
        type NonResourceRule
          verbs 1 [string] required always atomic
          nonResourceURLs 2 [string] atomic
        kind SubjectAccessReview
          metadata 1 meta.ObjectMeta always
          spec 2 SubjectAccessReviewSpec required always
          status 3 SubjectAccessReviewStatus always
        kind LocalSubjectAccessReview
          metadata 1 meta.ObjectMeta always
          spec 2 SubjectAccessReviewSpec required always
          status 3 SubjectAccessReviewStatus always
        type SubjectAccessReviewSpec
          resourceAttributes 1 *ResourceAttributes
          nonResourceAttributes 2 *NonResourceAttributes
          user 3 string
          groups 4 [string] atomic
          extra 5 {[string]}
          uid 6 string
        """
}
