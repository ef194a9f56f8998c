extension KubernetesSchema {
    static let corePods = """
        package io.k8s.api.core.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind Pod
          metadata 1 meta.ObjectMeta always
          spec 2 PodSpec always
          status 3 PodStatus always
        kind PodList
          metadata 1 meta.ListMeta always
          items 2 [Pod] required always
        kind PodExecOptions
          stdin 1 bool
          stdout 2 bool
          stderr 3 bool
          tty 4 bool
          container 5 string
          command 6 [string] always
        kind PodLogOptions
          container 1 string
          follow 2 bool
          previous 3 bool
          sinceSeconds 4 *int64
          sinceTime 5 *time
          timestamps 6 bool
          tailLines 7 *int64
          limitBytes 8 *int64
          insecureSkipTLSVerifyBackend 9 bool
          stream 10 *string
        type PodSpec
          volumes 1 [Volume] map(name) merge(name) retainKeys
          containers 2 [Container] required always map(name) merge(name)
          restartPolicy 3 string:RestartPolicy
          terminationGracePeriodSeconds 4 *int64
          activeDeadlineSeconds 5 *int64
          dnsPolicy 6 string:DNSPolicy
          nodeSelector 7 {string} atomic
          serviceAccountName 8 string
          serviceAccount 9 string
          nodeName 10 string
          hostNetwork 11 bool
          hostPID 12 bool
          hostIPC 13 bool
          securityContext 14 *PodSecurityContext
          imagePullSecrets 15 [LocalObjectReference] map(name) merge(name)
          hostname 16 string
          subdomain 17 string
          affinity 18 *Affinity
          schedulerName 19 string
          initContainers 20 [Container] map(name) merge(name)
          automountServiceAccountToken 21 *bool
          tolerations 22 [Toleration] atomic
          hostAliases 23 [HostAlias] map(ip) merge(ip)
          priorityClassName 24 string
          priority 25 *int32
          dnsConfig 26 *PodDNSConfig
          shareProcessNamespace 27 *bool
          readinessGates 28 [PodReadinessGate] atomic
          runtimeClassName 29 *string
          enableServiceLinks 30 *bool
          preemptionPolicy 31 *string:PreemptionPolicy
          overhead 32 {quantity}
          topologySpreadConstraints 33 [TopologySpreadConstraint] map(topologyKey,whenUnsatisfiable) merge(topologyKey)
          ephemeralContainers 34 [EphemeralContainer] map(name) merge(name)
          setHostnameAsFQDN 35 *bool
          os 36 *PodOS
          hostUsers 37 *bool
          schedulingGates 38 [PodSchedulingGate] map(name) merge(name)
          resourceClaims 39 [PodResourceClaim] map(name) merge(name) retainKeys
          resources 40 *ResourceRequirements
          hostnameOverride 41 *string
          schedulingGroup 43 *PodSchedulingGroup
        type PodStatus
          phase 1 string:PodPhase
          conditions 2 [PodCondition] map(type) merge(type)
          message 3 string
          reason 4 string
          hostIP 5 string
          podIP 6 string
          startTime 7 *time
          containerStatuses 8 [ContainerStatus] atomic
          qosClass 9 string:PodQOSClass
          initContainerStatuses 10 [ContainerStatus] atomic
          nominatedNodeName 11 string
          podIPs 12 [PodIP] map(ip) merge(ip)
          ephemeralContainerStatuses 13 [ContainerStatus] atomic
          resize 14 string:PodResizeStatus
          resourceClaimStatuses 15 [PodResourceClaimStatus] map(name) merge(name) retainKeys
          hostIPs 16 [HostIP] atomic merge(ip)
          observedGeneration 17 int64
          extendedResourceClaimStatus 18 *PodExtendedResourceClaimStatus
          allocatedResources 19 {quantity}
          resources 20 *ResourceRequirements
          nodeAllocatableResourceClaimStatuses 21 [NodeAllocatableResourceClaimStatus] atomic
        type TopologySelectorTerm atomic
          matchLabelExpressions 1 [TopologySelectorLabelRequirement] atomic
        type PodSecurityContext
          seLinuxOptions 1 *SELinuxOptions
          runAsUser 2 *int64
          runAsNonRoot 3 *bool
          supplementalGroups 4 [int64] atomic
          fsGroup 5 *int64
          runAsGroup 6 *int64
          sysctls 7 [Sysctl] atomic
          windowsOptions 8 *WindowsSecurityContextOptions
          fsGroupChangePolicy 9 *string:PodFSGroupChangePolicy
          seccompProfile 10 *SeccompProfile
          appArmorProfile 11 *AppArmorProfile
          supplementalGroupsPolicy 12 *string:SupplementalGroupsPolicy
          seLinuxChangePolicy 13 *string:PodSELinuxChangePolicy
        type Affinity
          nodeAffinity 1 *NodeAffinity
          podAffinity 2 *PodAffinity
          podAntiAffinity 3 *PodAntiAffinity
        type Toleration
          key 1 string
          operator 2 string:TolerationOperator
          value 3 string
          effect 4 string:TaintEffect
          tolerationSeconds 5 *int64
        type HostAlias
          ip 1 string required always
          hostnames 2 [string] atomic
        type PodDNSConfig
          nameservers 1 [string] atomic
          searches 2 [string] atomic
          options 3 [PodDNSConfigOption] atomic
        type PodReadinessGate
          conditionType 1 string:PodConditionType required always
        type TopologySpreadConstraint
          maxSkew 1 int32 required always
          topologyKey 2 string required always
          whenUnsatisfiable 3 string:UnsatisfiableConstraintAction required always
          labelSelector 4 *meta.LabelSelector
          minDomains 5 *int32
          nodeAffinityPolicy 6 *string:NodeInclusionPolicy
          nodeTaintsPolicy 7 *string:NodeInclusionPolicy
          matchLabelKeys 8 [string] atomic
        type PodOS
          name 1 string:OSName required always
        type PodSchedulingGate
          name 1 string required always
        type PodResourceClaim
          name 1 string required always
          resourceClaimName 3 *string
          resourceClaimTemplateName 4 *string
        type PodSchedulingGroup
          podGroupName 1 *string
        type PodCondition
          type 1 string:PodConditionType required always
          status 2 string:ConditionStatus required always
          lastProbeTime 3 time always
          lastTransitionTime 4 time always
          reason 5 string
          message 6 string
          observedGeneration 7 int64
        type HostIP
          ip 1 string required always
        type PodIP
          ip 1 string required always
        type PodResourceClaimStatus
          name 1 string required always
          resourceClaimName 2 *string
        type PodExtendedResourceClaimStatus
          requestMappings 1 [ContainerExtendedResourceRequest] required always atomic
          resourceClaimName 2 string required always
        type NodeAllocatableResourceClaimStatus
          resourceClaimName 1 string required always
          containers 2 [string] set
          resources 3 {quantity} required always
        type TopologySelectorLabelRequirement
          key 1 string required always
          values 2 [string] required always atomic
        type PodTemplateSpec
          metadata 1 meta.ObjectMeta always
          spec 2 PodSpec always
        type Sysctl
          name 1 string required always
          value 2 string required always
        type NodeAffinity
          requiredDuringSchedulingIgnoredDuringExecution 1 *NodeSelector
          preferredDuringSchedulingIgnoredDuringExecution 2 [PreferredSchedulingTerm] atomic
        type PodAffinity
          requiredDuringSchedulingIgnoredDuringExecution 1 [PodAffinityTerm] atomic
          preferredDuringSchedulingIgnoredDuringExecution 2 [WeightedPodAffinityTerm] atomic
        type PodAntiAffinity
          requiredDuringSchedulingIgnoredDuringExecution 1 [PodAffinityTerm] atomic
          preferredDuringSchedulingIgnoredDuringExecution 2 [WeightedPodAffinityTerm] atomic
        type PodDNSConfigOption
          name 1 string
          value 2 *string
        type NodeSelector atomic
          nodeSelectorTerms 1 [NodeSelectorTerm] required always atomic
        type PreferredSchedulingTerm
          weight 1 int32 required always
          preference 2 NodeSelectorTerm required always
        type PodAffinityTerm
          labelSelector 1 *meta.LabelSelector
          namespaces 2 [string] atomic
          topologyKey 3 string required always
          namespaceSelector 4 *meta.LabelSelector
          matchLabelKeys 5 [string] atomic
          mismatchLabelKeys 6 [string] atomic
        type WeightedPodAffinityTerm
          weight 1 int32 required always
          podAffinityTerm 2 PodAffinityTerm required always
        type VolumeStatus
          image 1 *ImageVolumeStatus
        type NodeSelectorTerm atomic
          matchExpressions 1 [NodeSelectorRequirement] atomic
          matchFields 2 [NodeSelectorRequirement] atomic
        type ImageVolumeStatus
          imageRef 1 string required
        type NodeSelectorRequirement
          key 1 string required always
          operator 2 string:NodeSelectorOperator required always
          values 3 [string] atomic
        """
}
