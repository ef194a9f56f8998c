extension KubernetesSchema {
    static let meta = """
        package io.k8s.apimachinery.pkg.apis.meta.v1
        kind DeleteOptions
          gracePeriodSeconds 1 *int64
          preconditions 2 *Preconditions
          orphanDependents 3 *bool
          propagationPolicy 4 *string:DeletionPropagation
          dryRun 5 [string] atomic
          ignoreStoreReadErrorWithClusterBreakingPotential 6 *bool
        kind Status
          metadata 1 ListMeta always
          status 2 string
          message 3 string
          reason 4 string:StatusReason
          details 5 *StatusDetails
          code 6 int32
        type ListMeta
          selfLink 1 string
          resourceVersion 2 string
          continue 3 string
          remainingItemCount 4 *int64
          shardInfo 5 *ShardInfo
        kind List
          metadata 1 ListMeta always
          items 2 [raw] always
        kind Table
          metadata 0 ListMeta always
          columnDefinitions 0 [TableColumnDefinition] always
          rows 0 [TableRow] always
        kind PartialObjectMetadata
          metadata 1 ObjectMeta always
        kind PartialObjectMetadataList
          metadata 1 ListMeta always
          items 2 [PartialObjectMetadata] always
        kind CreateOptions
          dryRun 1 [string]
          fieldManager 3 string
          fieldValidation 4 string
        kind UpdateOptions
          dryRun 1 [string]
          fieldManager 2 string
          fieldValidation 3 string
        kind PatchOptions
          dryRun 1 [string]
          force 2 *bool
          fieldManager 3 string
          fieldValidation 4 string
        kind GetOptions
          resourceVersion 1 string
        kind ListOptions
          labelSelector 1 string
          fieldSelector 2 string
          watch 3 bool
          resourceVersion 4 string
          timeoutSeconds 5 *int64
          limit 7 int64
          continue 8 string
          allowWatchBookmarks 9 bool
          resourceVersionMatch 10 string:ResourceVersionMatch
          sendInitialEvents 11 *bool
          shardSelector 15 string
        kind APIResourceList
          groupVersion 1 string required always
          resources 2 [APIResource] required always atomic
        kind APIGroupList
          groups 1 [APIGroup] required always atomic
        kind APIGroup
          name 1 string required always
          versions 2 [GroupVersionForDiscovery] required always atomic
          preferredVersion 3 GroupVersionForDiscovery always
          serverAddressByClientCIDRs 4 [ServerAddressByClientCIDR] atomic
        kind APIVersions
          versions 1 [string] required always atomic
          serverAddressByClientCIDRs 2 [ServerAddressByClientCIDR] required always atomic
        type WatchEvent
          type 1 string required always
          object 2 raw required always
        type ObjectMeta
          name 1 string
          generateName 2 string
          namespace 3 string
          selfLink 4 string
          uid 5 string:UID
          resourceVersion 6 string
          generation 7 int64
          creationTimestamp 8 time
          deletionTimestamp 9 *time
          deletionGracePeriodSeconds 10 *int64
          labels 11 {string}
          annotations 12 {string}
          ownerReferences 13 [OwnerReference] map(uid) merge(uid)
          finalizers 14 [string] set merge
          managedFields 17 [ManagedFieldsEntry] atomic
        type Preconditions
          uid 1 *string:UID
          resourceVersion 2 *string
        type StatusDetails
          name 1 string
          group 2 string
          kind 3 string
          causes 4 [StatusCause] atomic
          retryAfterSeconds 5 int32
          uid 6 string:UID
        type ShardInfo
          selector 1 string required always
        type TableColumnDefinition
          name 0 string always
          type 0 string always
          format 0 string always
          description 0 string always
          priority 0 int32 always
        type TableRow
          conditions 0 [TableRowCondition]
          object 0 raw always
        type APIResource
          name 1 string required always
          namespaced 2 bool required always
          kind 3 string required always
          verbs 4 [string] required always
          shortNames 5 [string] atomic
          singularName 6 string required always
          categories 7 [string] atomic
          group 8 string
          version 9 string
          storageVersionHash 10 string
        type GroupVersionForDiscovery
          groupVersion 1 string required always
          version 2 string required always
        type ServerAddressByClientCIDR
          clientCIDR 1 string required always
          serverAddress 2 string required always
        type OwnerReference atomic
          kind 1 string required always
          name 3 string required always
          uid 4 string:UID required always
          apiVersion 5 string required always
          controller 6 *bool
          blockOwnerDeletion 7 *bool
        type ManagedFieldsEntry
          manager 1 string
          operation 2 string:ManagedFieldsOperationType
          apiVersion 3 string
          time 4 *time
          fieldsType 6 string
          fieldsV1 7 *fields
          subresource 8 string
        type Condition
          type 1 string required always
          status 2 string:ConditionStatus required always
          observedGeneration 3 int64
          lastTransitionTime 4 time required always
          reason 5 string required always
          message 6 string required always
        type LabelSelector atomic
          matchLabels 1 {string}
          matchExpressions 2 [LabelSelectorRequirement] atomic
        type StatusCause
          reason 1 string:CauseType
          message 2 string
          field 3 string
        type TableRowCondition
          type 0 string:RowConditionType always
          status 0 string:ConditionStatus always
          reason 0 string
          message 0 string
        type FieldSelectorRequirement
          key 1 string required always
          operator 2 string:FieldSelectorOperator required always
          values 3 [string] atomic
        type LabelSelectorRequirement
          key 1 string required always
          operator 2 string:LabelSelectorOperator required always
          values 3 [string] atomic
        """
}
