extension Descriptions {
    static let corePods = """
        package io.k8s.api.core.v1
        Pod: Containers that run together on one node and share its network address and volumes. Usually made by a Deployment, Job or the like.
          spec: What should run, and how.
          status: What runs, as the node last told.
        PodList: A list of pods.
        PodTemplateSpec: The pods that a controller makes.
          spec: What should run in each of these pods.
        PodTemplate: A template that pods can be made from.
          template: The pods' metadata and spec.
        PodSpec: What a pod runs, where it may run, and what it shares.
          volumes: Directories that containers can mount, by name.
          containers: What runs; at least one. Containers cannot be added or taken away later.
          initContainers: Run one after the other to their end before the others start; with restartPolicy Always they stay (sidecars).
          ephemeralContainers: Put into a running pod to look at it (kubectl debug); only by the subresource of this name.
          restartPolicy: Whether containers that ended are started again: Always (the default), OnFailure or Never.
          terminationGracePeriodSeconds: How many seconds containers have after TERM until KILL; 30 unless said.
          activeDeadlineSeconds: After how many seconds since its start the pod is ended and counts as failed.
          dnsPolicy: How names are found: ClusterFirst (the default), ClusterFirstWithHostNet, Default (the node's) or None (dnsConfig alone).
          dnsConfig: Name servers, search domains and options, added to what dnsPolicy gives.
          nodeSelector: Labels that a node must have to run the pod.
          serviceAccountName: The service account that the pod acts as; "default" unless said.
          serviceAccount: Older name of serviceAccountName.
          automountServiceAccountToken: Whether containers get the account's token as a file.
          nodeName: The node that runs the pod; the scheduler fills it in.
          hostNetwork: Whether the pod uses the node's network, with its addresses and ports.
          hostPID: Whether containers see the node's processes.
          hostIPC: Whether containers share the node's shared memory and semaphores.
          hostUsers: Whether containers run in the node's user namespace (the default), or false in one of their own.
          shareProcessNamespace: Whether the pod's containers see each other's processes.
          securityContext: Users, groups and rights of all containers.
          imagePullSecrets: Secrets with credentials for the registries of the images.
          hostname: The pod's hostname; its name unless said.
          hostnameOverride: The hostname inside the pod, whatever else is said; not a name for the cluster's DNS.
          subdomain: With hostname, the pod's name in the cluster's DNS: hostname.subdomain.namespace.svc and the cluster's domain.
          setHostnameAsFQDN: Whether the hostname is that full name.
          affinity: On which nodes, and beside which pods, it should or must run.
          schedulerName: The scheduler that places the pod; "default-scheduler" unless said.
          tolerations: Taints of nodes that do not keep the pod away.
          topologySpreadConstraints: How pods like this one are spread over zones, nodes and other domains.
          hostAliases: Names for addresses, added to the containers' /etc/hosts.
          priorityClassName: The PriorityClass that says how important the pod is.
          priority: Its number, filled in from the PriorityClass; higher is scheduled first and may displace lower.
          preemptionPolicy: Whether it may displace pods of lower priority: PreemptLowerPriority (the default) or Never.
          readinessGates: Conditions that others set and that have to be True, too, for the pod to be ready.
          runtimeClassName: The RuntimeClass whose handler runs the pod.
          enableServiceLinks: Whether containers get environment variables with the addresses of the namespace's Services; true unless said.
          overhead: What running the pod takes besides its containers; filled in from the RuntimeClass.
          os: The operating system that the containers need.
          schedulingGates: While there is one the pod is not scheduled.
          schedulingGroup: The group that the pod is scheduled with.
          resourceClaims: Devices and the like that have to be allocated before the pod starts, by name.
          resources: What the pod as a whole may use and asks for.
        PodStatus: What is known of a pod; it may be behind what is.
          phase: Pending, Running, Succeeded, Failed or Unknown, in one word over all containers.
          conditions: PodScheduled, Initialized, ContainersReady, Ready and others.
          hostIP: The node's address; empty until the pod is scheduled.
          hostIPs: The node's addresses.
          podIP: The pod's address; empty until it has one.
          podIPs: The pod's addresses, one of each family.
          startTime: When the node took the pod on.
          initContainerStatuses: How the init containers are.
          containerStatuses: How the containers are.
          ephemeralContainerStatuses: How the ephemeral containers are.
          qosClass: Guaranteed, Burstable or BestEffort, by the containers' requests and limits: who has to go last when a node runs out.
          nominatedNodeName: The node on which lower pods were displaced so that this one fits.
          resize: How far a change of resources is; conditions tell it now.
          resourceClaimStatuses: The claims that were made for the pod.
          extendedResourceClaimStatus: The claim that was made for extended resources.
          nodeAllocatableResourceClaimStatuses: What claims take of the node's own resources.
          allocatedResources: What the node has set aside for the pod.
          resources: What the pod as a whole has.
        PodCondition: One aspect of a pod's state.
          type: PodScheduled, Initialized, ContainersReady, Ready, DisruptionTarget, or another's own.
          status: True, False or Unknown.
        PodIP: An address of a pod.
          ip: The address.
        HostIP: An address of a node.
          ip: The address.
        PodSecurityContext: Users, groups and rights of all containers of a pod; what a container says of its own wins.
          seLinuxOptions: The SELinux context of all containers.
          runAsUser: The user's number of the containers' first process; the image's unless said.
          runAsGroup: The group's number of the containers' first process.
          runAsNonRoot: Whether a container that would run as user 0 is not started.
          supplementalGroups: Further groups of the first processes.
          supplementalGroupsPolicy: Merge adds the image's groups of the user (the default), Strict does not.
          fsGroup: A further group, that also owns the pod's volumes, as far as they can be owned.
          fsGroupChangePolicy: Always (the default) changes the volumes' owner at each start, OnRootMismatch only where the top is not right.
          sysctls: Kernel settings of the pod's namespaces.
          seccompProfile: Which calls to the kernel the containers may make.
          appArmorProfile: The AppArmor profile of the containers.
          windowsOptions: Settings for Windows nodes.
          seLinuxChangePolicy: How volumes get their SELinux label: MountOption or Recursive.
        Sysctl: A kernel setting.
          name: Its name, such as net.ipv4.ip_unprivileged_port_start.
          value: Its value.
        """
    static let corePodParts = """
        package io.k8s.api.core.v1
        Affinity: Where a pod should or must run.
          nodeAffinity: By the nodes' labels.
          podAffinity: Beside certain pods.
          podAntiAffinity: Away from certain pods.
        NodeAffinity: Nodes by their labels.
          requiredDuringSchedulingIgnoredDuringExecution: Only nodes that one of these terms selects; what changes later moves no pod.
          preferredDuringSchedulingIgnoredDuringExecution: Nodes that are better, each with a weight.
        NodeSelector: Nodes that one of the terms selects.
          nodeSelectorTerms: The terms; one has to hold.
        NodeSelectorTerm: Requirements on a node; all have to hold.
          matchExpressions: Requirements on its labels.
          matchFields: Requirements on its fields; metadata.name alone.
        NodeSelectorRequirement: A requirement on one label or field of a node.
          key: The label's key, or the field.
          operator: In, NotIn, Exists, DoesNotExist, Gt or Lt.
          values: What it is compared with; one whole number for Gt and Lt, none for Exists and DoesNotExist.
        PreferredSchedulingTerm: Nodes that are better than others.
          weight: How much, from 1 to 100.
          preference: Which nodes.
        PodAffinity: Pods to run beside.
          requiredDuringSchedulingIgnoredDuringExecution: All of these terms have to hold when the pod is placed.
          preferredDuringSchedulingIgnoredDuringExecution: Places that are better, each with a weight.
        PodAntiAffinity: Pods not to run beside.
          requiredDuringSchedulingIgnoredDuringExecution: None of the pods that these terms select may be in the same domain.
          preferredDuringSchedulingIgnoredDuringExecution: Domains that are better left, each with a weight.
        PodAffinityTerm: Pods, and what counts as the same place.
          labelSelector: The pods' labels; nothing selects no pods.
          namespaces: The pods' namespaces; the pod's own when neither this nor namespaceSelector is given.
          namespaceSelector: The pods' namespaces by labels; an empty one means all.
          topologyKey: The node label whose equal values are one place, such as kubernetes.io/hostname or topology.kubernetes.io/zone.
          matchLabelKeys: Labels of which the other pods must have the pod's own values.
          mismatchLabelKeys: Labels of which the other pods must not have the pod's own values.
        WeightedPodAffinityTerm: A place that is better or worse.
          weight: How much, from 1 to 100.
          podAffinityTerm: Which pods and places.
        Toleration: A taint that does not keep the pod away. An empty key with operator Exists means every taint.
          key: The taint's key.
          operator: Equal (the default), Exists, Lt or Gt.
          value: The taint's value, for Equal.
          effect: NoSchedule, PreferNoSchedule or NoExecute; empty means each of them.
          tolerationSeconds: How long a pod stays on a node after a NoExecute taint came; for ever unless said.
        TopologySpreadConstraint: How evenly pods lie in the domains of a topology.
          maxSkew: How many pods a domain may have more than the one with fewest.
          topologyKey: The node label whose values are the domains.
          whenUnsatisfiable: DoNotSchedule waits for a place that fits, ScheduleAnyway takes the best.
          labelSelector: The pods that are counted.
          minDomains: With fewer domains than this the fewest counts as 0.
          nodeAffinityPolicy: Whether nodes that the pod may not run on count: Honor leaves them out (the default), Ignore counts them.
          nodeTaintsPolicy: Whether nodes with taints that the pod does not tolerate count: Honor leaves them out, Ignore counts them (the default).
          matchLabelKeys: Labels of which counted pods must have the pod's own values.
        HostAlias: Names for an address.
          ip: The address.
          hostnames: Its names.
        PodDNSConfig: How names are found, besides dnsPolicy.
          nameservers: Addresses of name servers.
          searches: Domains that short names are tried in.
          options: Options of resolv.conf.
        PodDNSConfigOption: An option of resolv.conf.
          name: Its name, such as ndots.
          value: Its value.
        PodReadinessGate: A condition that has to be True for the pod to be ready.
          conditionType: The condition's type.
        PodOS: An operating system.
          name: linux or windows.
        PodSchedulingGate: Something that has to happen before the pod is scheduled.
          name: Its name; who waits for it takes it away.
        PodResourceClaim: A ResourceClaim that the pod uses.
          name: Its name within the pod.
          resourceClaimName: A claim of the pod's namespace.
          resourceClaimTemplateName: A template from which a claim is made for this pod.
        Taint: Keeps pods that do not tolerate it off a node.
          key: The taint's key.
          value: The taint's value.
          effect: NoSchedule places no new pods, PreferNoSchedule avoids it, NoExecute ends those that run, too.
          timeAdded: When it was added.
        """
}
