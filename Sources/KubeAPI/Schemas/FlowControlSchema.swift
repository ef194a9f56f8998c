extension KubernetesSchema {
    static let flowControl = """
        package io.k8s.api.flowcontrol.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind FlowSchema
          metadata 1 meta.ObjectMeta always
          spec 2 FlowSchemaSpec always
          status 3 FlowSchemaStatus always
        kind FlowSchemaList
          metadata 1 meta.ListMeta always
          items 2 [FlowSchema] required always
        kind PriorityLevelConfiguration
          metadata 1 meta.ObjectMeta always
          spec 2 PriorityLevelConfigurationSpec always
          status 3 PriorityLevelConfigurationStatus always
        kind PriorityLevelConfigurationList
          metadata 1 meta.ListMeta always
          items 2 [PriorityLevelConfiguration] required always
        type FlowSchemaStatus
          conditions 1 [FlowSchemaCondition] map(type) merge(type)
        type FlowSchemaSpec
          priorityLevelConfiguration 1 PriorityLevelConfigurationReference required always
          matchingPrecedence 2 int32 always
          distinguisherMethod 3 *FlowDistinguisherMethod
          rules 4 [PolicyRulesWithSubjects] atomic
        type PriorityLevelConfigurationStatus
          conditions 1 [PriorityLevelConfigurationCondition] map(type) merge(type)
        type PriorityLevelConfigurationSpec
          type 1 string:PriorityLevelEnablement required always
          limited 2 *LimitedPriorityLevelConfiguration
          exempt 3 *ExemptPriorityLevelConfiguration
        type FlowSchemaCondition
          type 1 string:FlowSchemaConditionType
          status 2 string:ConditionStatus
          lastTransitionTime 3 time always
          reason 4 string
          message 5 string
        type PriorityLevelConfigurationReference
          name 1 string required always
        type PolicyRulesWithSubjects
          subjects 1 [Subject] required always atomic
          resourceRules 2 [ResourcePolicyRule] atomic
          nonResourceRules 3 [NonResourcePolicyRule] atomic
        type FlowDistinguisherMethod
          type 1 string:FlowDistinguisherMethodType required always
        type PriorityLevelConfigurationCondition
          type 1 string:PriorityLevelConfigurationConditionType
          status 2 string:ConditionStatus
          lastTransitionTime 3 time always
          reason 4 string
          message 5 string
        type ExemptPriorityLevelConfiguration
          nominalConcurrencyShares 1 *int32
          lendablePercent 2 *int32
        type LimitedPriorityLevelConfiguration
          nominalConcurrencyShares 1 *int32 always
          limitResponse 2 LimitResponse always
          lendablePercent 3 *int32
          borrowingLimitPercent 4 *int32
        type ResourcePolicyRule
          verbs 1 [string] required always set
          apiGroups 2 [string] required always set
          resources 3 [string] required always set
          clusterScope 4 bool
          namespaces 5 [string] always set
        type NonResourcePolicyRule
          verbs 1 [string] required always set
          nonResourceURLs 6 [string] required always set
        type Subject
          kind 1 string:SubjectKind required always
          user 2 *UserSubject
          group 3 *GroupSubject
          serviceAccount 4 *ServiceAccountSubject
        type LimitResponse
          type 1 string:LimitResponseType required always
          queuing 2 *QueuingConfiguration
        type UserSubject
          name 1 string required always
        type ServiceAccountSubject
          namespace 1 string required always
          name 2 string required always
        type GroupSubject
          name 1 string required always
        type QueuingConfiguration
          queues 1 int32 always
          handSize 2 int32 always
          queueLengthLimit 3 int32 always
        """
}
