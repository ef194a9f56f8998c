extension Descriptions {
    static let coreContainers = """
        package io.k8s.api.core.v1
        Container: One program that a pod runs.
          name: The name, unique in the pod; a DNS label. It cannot be changed.
          image: The image that it is made from. Changing it starts the container anew.
          command: The program and its first arguments, in place of the image's entrypoint; $(NAME) stands for environment variables.
          args: The arguments, in place of the image's; $(NAME) stands for environment variables.
          workingDir: The directory that the program starts in; the image's unless said.
          ports: Ports that the program listens on, for those who read it; leaving one out closes nothing.
          env: Environment variables.
          envFrom: ConfigMaps and Secrets all of whose keys become environment variables; env wins.
          resources: What the container may use and asks for.
          resizePolicy: Whether it is started anew when a resource is changed.
          restartPolicy: For an init container Always makes it a sidecar; for others it overrides the pod's.
          restartPolicyRules: Exit codes after which restartPolicy does not count.
          volumeMounts: Where the pod's volumes appear in it.
          volumeDevices: Where the pod's block volumes appear in it.
          livenessProbe: A check whose failure ends the container, to be started anew.
          readinessProbe: A check whose failure takes the pod out of its Services.
          startupProbe: Until this check passes the others are not made; its failure ends the container.
          lifecycle: What is done after its start and before its end.
          terminationMessagePath: The file whose text is told as message when it ends; /dev/termination-log unless said.
          terminationMessagePolicy: File, or FallbackToLogsOnError: the end of the log when it failed and the file is empty.
          imagePullPolicy: Always, IfNotPresent or Never; Always for the tag latest, else IfNotPresent.
          securityContext: The container's user and rights; wins over the pod's.
          stdin: Whether there is a standard input to attach to.
          stdinOnce: Whether standard input is closed when the first client that attached leaves.
          tty: Whether it has a terminal; needs stdin.
        ContainerPort: A port that a container listens on.
          name: Its name, by which Services and probes may call it.
          hostPort: The port of the node that leads to it.
          containerPort: The port's number.
          protocol: TCP (the default), UDP or SCTP.
          hostIP: The address of the node that hostPort is taken at.
        EnvVar: An environment variable.
          name: Its name.
          value: Its value; $(NAME) stands for variables before it, $$( for $(.
          valueFrom: Where the value comes from, in place of value.
        EnvVarSource: Where a variable's value comes from.
          fieldRef: A field of the pod, such as metadata.name or status.podIP.
          resourceFieldRef: A request or limit of a container.
          configMapKeyRef: A key of a ConfigMap.
          secretKeyRef: A key of a Secret.
          fileKeyRef: A variable in a file of a volume.
        EnvFromSource: Keys that become variables.
          prefix: Put before each key.
          configMapRef: A ConfigMap.
          secretRef: A Secret.
        ConfigMapEnvSource: A ConfigMap whose keys become variables.
          name: The ConfigMap's name.
          optional: Whether it may be absent.
        SecretEnvSource: A Secret whose keys become variables.
          name: The Secret's name.
          optional: Whether it may be absent.
        ConfigMapKeySelector: A key of a ConfigMap.
          name: The ConfigMap's name.
          key: The key.
          optional: Whether ConfigMap or key may be absent.
        SecretKeySelector: A key of a Secret.
          name: The Secret's name.
          key: The key.
          optional: Whether Secret or key may be absent.
        ObjectFieldSelector: A field of the pod.
          apiVersion: The version in which the field is named; v1 unless said.
          fieldPath: The field's path.
        ResourceFieldSelector: A request or limit of a container.
          containerName: The container; in env its own unless said.
          resource: Which one, such as limits.memory or requests.cpu.
          divisor: The unit; 1 unless said.
        ResourceRequirements: What is asked for and what may be used.
          limits: The most that may be used: cpu is slowed down there, who takes more memory is ended.
          requests: What is set aside on the node; the limits unless said.
          claims: The pod's resourceClaims that this container uses.
        VolumeMount: A volume's place in a container.
          name: The volume.
          readOnly: Whether it can only be read.
          recursiveReadOnly: Whether that holds for what is mounted below, too: Disabled, IfPossible or Enabled.
          mountPath: The directory where it appears.
          subPath: The directory or file of the volume that appears; its top unless said.
          subPathExpr: The same with $(NAME) for environment variables.
          mountPropagation: Whether mounts made later are seen: None (the default), HostToContainer or Bidirectional.
        VolumeDevice: A block volume's place in a container.
          name: The volume; a PersistentVolumeClaim.
          devicePath: The device file that it appears as.
        Probe: A check of a container that is made again and again.
          exec: Runs a command in the container; exit code 0 is good.
          httpGet: Asks by HTTP; 200 to 399 is good.
          tcpSocket: Opens a connection.
          grpc: Asks the gRPC health service.
          initialDelaySeconds: Seconds from the container's start to the first check.
          timeoutSeconds: Seconds after which a check has failed; 1 unless said.
          periodSeconds: Seconds between checks; 10 unless said.
          successThreshold: How many good checks in a row are good news after a failure; 1 unless said.
          failureThreshold: How many failures in a row are bad news; 3 unless said.
          terminationGracePeriodSeconds: The grace period of a container that this probe ends; the pod's unless said.
        Lifecycle: What is done at the beginning and the end of a container.
          postStart: Done after its start; a failure ends it.
          preStop: Done before it is told to end; the grace period runs meanwhile.
          stopSignal: The signal that tells it to end; TERM unless the image says otherwise.
        LifecycleHandler: Something to be done.
          exec: Runs a command in the container.
          httpGet: Asks by HTTP.
          tcpSocket: Kept for older objects; it does nothing.
          sleep: Waits.
        ExecAction: A command, run without a shell.
          command: The program and its arguments.
        HTTPGetAction: A request by HTTP.
          path: The path.
          port: The port's number or its name.
          host: The host; the pod's address unless said.
          scheme: HTTP (the default) or HTTPS, whose certificate is not checked.
          httpHeaders: Headers of the request.
        HTTPHeader: A header.
          name: Its name.
          value: Its value.
        TCPSocketAction: A connection.
          port: The port's number or its name.
          host: The host; the pod's address unless said.
        GRPCAction: A call of the gRPC health service.
          port: The port's number.
          service: The service that is asked for.
        SleepAction: A wait.
          seconds: How long.
        SecurityContext: A container's user and rights.
          capabilities: Capabilities that it has more or less than usual.
          privileged: Whether it may do what root on the node may.
          seLinuxOptions: Its SELinux context.
          windowsOptions: Settings for Windows nodes.
          runAsUser: The user's number of its first process.
          runAsGroup: The group's number of its first process.
          runAsNonRoot: Whether it is not started as user 0.
          readOnlyRootFilesystem: Whether its own files can only be read.
          allowPrivilegeEscalation: Whether a process may gain more rights than the one that started it.
          procMount: How /proc looks: Default, or Unmasked.
          seccompProfile: Which calls to the kernel it may make.
          appArmorProfile: Its AppArmor profile.
        Capabilities: Rights of root, one by one, as capabilities(7) names them without CAP_.
          add: Those it has more.
          drop: Those it has less; ALL for all.
        SeccompProfile: Which calls to the kernel are allowed.
          type: RuntimeDefault, Unconfined, or Localhost for a file of the node.
          localhostProfile: That file, below the kubelet's directory of profiles.
        ContainerResizePolicy: What a changed resource means for a running container.
          resourceName: cpu or memory.
          restartPolicy: NotRequired, or RestartContainer.
        ContainerStatus: How a container is.
          name: The container.
          state: What it does now.
          lastState: How it ended the last time.
          ready: Whether its readiness probe passes.
          restartCount: How often it was started again.
          image: The image that runs.
          imageID: That image's digest.
          containerID: The runtime's name of it.
          started: Whether its postStart hook and startup probe are through.
          allocatedResources: What the node has set aside for it.
          resources: What it has.
          allocatedResourcesStatus: How the devices set aside for it are.
          volumeMounts: How its volumes were mounted.
          user: As whom it was started.
          stopSignal: The signal that tells it to end.
        ContainerState: Waiting, running or terminated; exactly one.
          waiting: It has not started yet, and why.
          running: It runs.
          terminated: It has ended, and how.
        ContainerStateWaiting: Why a container does not run yet.
          reason: One word, such as ImagePullBackOff or CrashLoopBackOff.
        ContainerStateRunning: Since when a container runs.
          startedAt: When it was started.
        ContainerStateTerminated: How a container ended.
          exitCode: Its exit code.
          signal: The signal that ended it.
          reason: One word, such as Completed, Error or OOMKilled.
          startedAt: When it was started.
          finishedAt: When it ended.
          containerID: The runtime's name of it.
        EphemeralContainer = Container: A container that is put into a running pod; it is never started again, and has no ports and probes.
          targetContainerName: The container whose processes it sees.
        """
}
