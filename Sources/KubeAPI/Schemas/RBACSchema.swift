extension KubernetesSchema {
    static let rbac = """
        package io.k8s.api.rbac.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind Role
          metadata 1 meta.ObjectMeta always
          rules 2 [PolicyRule] always atomic
        kind RoleList
          metadata 1 meta.ListMeta always
          items 2 [Role] required always
        kind RoleBinding
          metadata 1 meta.ObjectMeta always
          subjects 2 [Subject] atomic
          roleRef 3 RoleRef required always
        kind RoleBindingList
          metadata 1 meta.ListMeta always
          items 2 [RoleBinding] required always
        kind ClusterRole
          metadata 1 meta.ObjectMeta always
          rules 2 [PolicyRule] always atomic
          aggregationRule 3 *AggregationRule
        kind ClusterRoleList
          metadata 1 meta.ListMeta always
          items 2 [ClusterRole] required always
        kind ClusterRoleBinding
          metadata 1 meta.ObjectMeta always
          subjects 2 [Subject] atomic
          roleRef 3 RoleRef required always
        kind ClusterRoleBindingList
          metadata 1 meta.ListMeta always
          items 2 [ClusterRoleBinding] required always
        type PolicyRule
          verbs 1 [string] required always atomic
          apiGroups 2 [string] atomic
          resources 3 [string] atomic
          resourceNames 4 [string] atomic
          nonResourceURLs 5 [string] atomic
        type RoleRef atomic
          apiGroup 1 string always
          kind 2 string required always
          name 3 string required always
        type Subject atomic
          kind 1 string required always
          apiGroup 2 string
          name 3 string required always
          namespace 4 string
        type AggregationRule
          clusterRoleSelectors 1 [meta.LabelSelector] atomic
        """
}
