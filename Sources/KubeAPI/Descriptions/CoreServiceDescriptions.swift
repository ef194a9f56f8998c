extension Descriptions {
    static let coreServices = """
        package io.k8s.api.core.v1
        Service: A lasting name and address for pods, which are replaced every now and then.
          spec: Which pods, and how they are reached.
          status: The addresses that a load balancer has given.
        ServiceSpec: How the pods behind a Service are reached.
          type: ClusterIP (the default), NodePort, LoadBalancer or ExternalName.
          selector: Labels of the pods that answer; without one somebody else keeps the endpoints.
          ports: The ports that are served.
          clusterIP: The address in the cluster, given by the server; None for a headless Service, whose name is the pods' addresses.
          clusterIPs: The addresses, one of each family; clusterIP is the first.
          ipFamilies: IPv4 and IPv6, in the order wanted.
          ipFamilyPolicy: SingleStack, PreferDualStack or RequireDualStack.
          externalIPs: Further addresses, routed to the nodes by somebody else, that are served.
          externalName: For ExternalName, the name that the Service's name stands for.
          sessionAffinity: ClientIP sends a client to the same pod as before, None (the default) to any.
          sessionAffinityConfig: For how long.
          externalTrafficPolicy: Cluster (the default) uses any pod, Local only those of the node that was asked and keeps the client's address.
          internalTrafficPolicy: Cluster (the default) uses any pod, Local only those of the client's node.
          trafficDistribution: PreferSameZone (PreferClose) or PreferSameNode, where pods there are ready.
          healthCheckNodePort: With Local, the node port that says whether the node has pods.
          loadBalancerIP: The address that the load balancer should take, if its provider lets one ask.
          loadBalancerSourceRanges: Clients that the load balancer lets through.
          loadBalancerClass: Which load balancer is to serve it; cannot be changed.
          allocateLoadBalancerNodePorts: Whether a LoadBalancer has node ports, too; true unless said.
          publishNotReadyAddresses: Whether pods that are not ready have a name and endpoints.
        ServicePort: A port of a Service.
          name: Its name; needed when there are several.
          protocol: TCP (the default), UDP or SCTP.
          appProtocol: What is spoken there, such as http or kubernetes.io/h2c.
          port: The number clients use.
          targetPort: The pods' port, by number or name; the same as port unless said.
          nodePort: The port of every node that leads here; given by the server for NodePort and LoadBalancer.
        ServiceStatus: What others have done for a Service.
          loadBalancer: The load balancer's addresses.
          conditions: Aspects of its state.
        SessionAffinityConfig: How long a client stays with a pod.
          clientIP: For clients told apart by their address.
        ClientIPConfig: How long an address stays with a pod.
          timeoutSeconds: Seconds since its last connection; three hours unless said.
        LoadBalancerStatus: A load balancer's addresses.
          ingress: The places where it listens.
        LoadBalancerIngress: A place where a load balancer listens.
          ip: Its address.
          hostname: Its name.
          ipMode: VIP, or Proxy when the balancer answers for the address itself.
          ports: How its ports are.
        Endpoints: The addresses behind a Service; EndpointSlices are their newer form.
          subsets: Addresses that serve the same ports.
        EndpointSubset: Addresses and ports; each address serves each port.
          addresses: Those that are ready.
          notReadyAddresses: Those that are not.
          ports: The ports.
        EndpointAddress: An address behind a Service.
          ip: The address.
          hostname: Its name below the Service's.
          nodeName: The node it is on.
          targetRef: The pod it is of.
        EndpointPort: A port behind a Service.
          name: The Service's port.
          port: The number.
          protocol: TCP, UDP or SCTP.
          appProtocol: What is spoken there.
        """
    static let coreObjects = """
        package io.k8s.api.core.v1
        Namespace: A room of its own for names, rights and quotas; deleting it deletes all that is in it.
          spec: What keeps it from going.
          status: Whether it lives or is being emptied.
        NamespaceSpec: What keeps a namespace from going.
          finalizers: Who has to be done first.
        NamespaceStatus: How a namespace is.
          phase: Active or Terminating.
          conditions: What hinders its end.
        NamespaceCondition = io.k8s.apimachinery.pkg.apis.meta.v1.Condition: One aspect of a namespace's end.
        ConfigMap: Settings that pods read as variables or files.
          data: Keys with text.
          binaryData: Keys with bytes, in base64.
          immutable: Whether the data can never be changed.
        Secret: Passwords, keys and tokens that pods read as variables or files.
          data: Keys with bytes, in base64.
          stringData: Keys with text, for writing: they go into data and are not shown again.
          type: What is in it, such as Opaque, kubernetes.io/tls or kubernetes.io/dockerconfigjson; cannot be changed.
          immutable: Whether the data can never be changed.
        ServiceAccount: Somebody whom pods act as.
          secrets: Secrets that its pods may use, where that is enforced.
          imagePullSecrets: Credentials for registries that its pods get.
          automountServiceAccountToken: Whether its pods get a token as a file.
        LocalObjectReference: An object of the same namespace.
          name: Its name.
        ObjectReference: An object.
          kind: Its kind.
          namespace: Its namespace.
          name: Its name.
          uid: Its uid.
          apiVersion: Its group and version.
          resourceVersion: The version of it that is meant.
          fieldPath: The part of it that is meant.
        TypedLocalObjectReference: An object of the same namespace, of any kind.
          apiGroup: Its group.
          kind: Its kind.
          name: Its name.
        Event: Something that happened to an object; kept for an hour.
          involvedObject: What it happened to.
          reason: One word why.
          message: A sentence about it.
          source: Who tells it.
          firstTimestamp: When it was first seen.
          lastTimestamp: When it was last seen.
          count: How often it was seen.
          type: Normal or Warning.
          eventTime: When it was first seen, to the microsecond.
          series: That it happens again and again.
          action: What was done.
          related: Another object it has to do with.
          reportingComponent: The controller that tells it.
          reportingInstance: Which of its instances.
        EventSource: Who tells an event.
          component: The program.
          host: The node.
        Binding: Puts a pod on a node.
          target: The node.
        """
}
