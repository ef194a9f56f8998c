extension Descriptions {
    static let autoscaling = """
        package io.k8s.api.autoscaling.v2
        HorizontalPodAutoscaler: Changes the number of pods by what is measured.
          spec: Of what, by which measures, and between which bounds.
          status: What was measured and done.
        HorizontalPodAutoscalerSpec: How the number of pods follows what is measured.
          scaleTargetRef: What is scaled, such as a Deployment.
          minReplicas: The fewest pods; 1 unless said.
          maxReplicas: The most pods.
          metrics: What is measured; what asks for most pods counts. CPU at 80 % unless said.
          behavior: How fast, and after how long, the number changes.
        HorizontalPodAutoscalerBehavior: How fast the number changes.
          scaleUp: Upwards.
          scaleDown: Downwards.
        HPAScalingRules: How fast the number changes in one direction.
          stabilizationWindowSeconds: For how long the least change that was asked for counts.
          selectPolicy: Which policy counts: Max, Min, or Disabled.
          policies: Bounds for the change within a time.
          tolerance: How far a measure may be from its target without any change.
        HPAScalingPolicy: A bound for the change within a time.
          type: Pods or Percent.
          value: How much.
          periodSeconds: Within how many seconds.
        MetricSpec: What is measured.
          type: Resource, ContainerResource, Pods, Object or External.
          resource: CPU or memory of the pods.
          containerResource: CPU or memory of one container of the pods.
          pods: A measure of each pod.
          object: A measure of another object.
          external: A measure from outside the cluster.
        HorizontalPodAutoscalerCondition = io.k8s.apimachinery.pkg.apis.meta.v1.Condition: One aspect of an autoscaler's state.
        ResourceMetricSource: CPU or memory of the pods.
          name: cpu or memory.
          target: What it should be.
        ContainerResourceMetricSource: CPU or memory of one container of the pods.
          name: cpu or memory.
          container: The container.
          target: What it should be.
        PodsMetricSource: A measure of each pod, averaged.
          metric: The measure.
          target: What it should be.
        ObjectMetricSource: A measure of another object.
          describedObject: The object.
          metric: The measure.
          target: What it should be.
        ExternalMetricSource: A measure from outside the cluster.
          metric: The measure.
          target: What it should be.
        MetricIdentifier: A measure.
          name: Its name.
          selector: Its labels.
        MetricTarget: What a measure should be.
          type: Utilization, Value or AverageValue.
          value: The measure itself.
          averageValue: The measure divided by the pods.
          averageUtilization: Per cent of the pods' requests.
        CrossVersionObjectReference: An object, of whatever version.
          kind: Its kind.
          name: Its name.
          apiVersion: Its group and version.
        HorizontalPodAutoscalerStatus: What was measured and done.
          lastScaleTime: When the number last changed.
          currentReplicas: The number of pods.
          desiredReplicas: The number that is wanted.
          currentMetrics: What was measured.
          conditions: AbleToScale, ScalingActive, ScalingLimited.
        package io.k8s.api.autoscaling.v1
        HorizontalPodAutoscaler: Changes the number of pods by their use of CPU; autoscaling/v2 has more.
        HorizontalPodAutoscalerSpec: How the number of pods follows their use of CPU.
          scaleTargetRef: What is scaled, such as a Deployment.
          minReplicas: The fewest pods; 1 unless said.
          maxReplicas: The most pods.
          targetCPUUtilizationPercentage: How many per cent of its request a pod should use; 80 unless said.
        Scale: The number of pods of an object.
          spec: The number wanted.
          status: The number there is.
        ScaleSpec: A number wanted.
          replicas: How many.
        ScaleStatus: A number there is.
          replicas: How many.
          selector: The pods' labels, as a query.
        """
    static let others = """
        package io.k8s.api.storage.v1
        StorageClass: A kind of storage that claims can ask for.
          provisioner: Who makes the volumes.
          parameters: What it is told.
          reclaimPolicy: What becomes of a volume without its claim: Delete (the default) or Retain.
          mountOptions: Options with which the volumes are mounted.
          allowVolumeExpansion: Whether claims may grow.
          volumeBindingMode: Immediate (the default), or WaitForFirstConsumer: only when a pod that uses the claim is placed.
          allowedTopologies: Where volumes may be made.
        package io.k8s.api.scheduling.v1
        PriorityClass: How important pods are.
          value: The number; higher comes first. Cannot be changed.
          globalDefault: Whether pods that name no class have this one.
          description: What it is for.
          preemptionPolicy: Whether its pods may displace others: PreemptLowerPriority (the default) or Never.
        package io.k8s.api.node.v1
        RuntimeClass: A way of running pods.
          handler: The runtime's name for it. Cannot be changed.
          overhead: What running such a pod takes besides its containers.
          scheduling: Nodes that can.
        package io.k8s.api.coordination.v1
        Lease: Who holds something, and until when; for elections and heartbeats.
          spec: Who, and until when.
        LeaseSpec: Who holds a lease.
          holderIdentity: The holder.
          leaseDurationSeconds: How long it holds after it was renewed.
          acquireTime: Since when it holds.
          renewTime: When it last renewed.
          leaseTransitions: How often the holder has changed.
          strategy: How the holder is chosen in a coordinated election.
          preferredHolder: Whom the holder should make way for.
        package io.k8s.api.discovery.v1
        EndpointSlice: Some of the addresses behind a Service.
          addressType: IPv4, IPv6 or FQDN.
          endpoints: The addresses.
          ports: The ports that each of them serves.
        Endpoint: An address behind a Service.
          addresses: The address.
          conditions: Whether it serves.
          hostname: Its name below the Service's.
          targetRef: The pod it is of.
          nodeName: The node it is on.
          zone: The zone it is in.
          hints: Who should use it.
          deprecatedTopology: No longer filled in.
        EndpointPort: A port that addresses serve.
          name: The Service's port.
          protocol: TCP, UDP or SCTP.
          port: The number.
          appProtocol: What is spoken there.
        EndpointConditions: Whether an address serves.
          ready: Whether new connections should go there.
          serving: Whether it answers, also while it ends.
          terminating: Whether it is ending.
        package io.k8s.api.certificates.v1
        CertificateSigningRequest: Asks for a certificate; once approved a signer makes it.
          spec: What is asked for.
          status: What came of it.
        CertificateSigningRequestSpec: A certificate that is asked for.
          request: The request (PKCS #10, PEM) in base64.
          signerName: Who is to sign, such as kubernetes.io/kube-apiserver-client.
          expirationSeconds: How long it should be valid, at least 600.
          usages: What the key is for, such as client auth.
          username: Who asks; filled in by the server.
          uid: The asker's uid.
          groups: The asker's groups.
          extra: What else is known of the asker.
        CertificateSigningRequestCondition = io.k8s.apimachinery.pkg.apis.meta.v1.Condition: One aspect of what came of a request.
          lastUpdateTime: When it was last written.
        CertificateSigningRequestStatus: What came of a request.
          conditions: Approved, Denied, Failed.
          certificate: The certificates (PEM) in base64.
        """
}
