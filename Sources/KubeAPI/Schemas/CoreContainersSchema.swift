extension KubernetesSchema {
    static let coreContainers = """
        package io.k8s.api.core.v1
        type Container
          name 1 string required always
          image 2 string
          command 3 [string] atomic
          args 4 [string] atomic
          workingDir 5 string
          ports 6 [ContainerPort] map(containerPort,protocol) merge(containerPort)
          env 7 [EnvVar] map(name) merge(name)
          resources 8 ResourceRequirements always
          volumeMounts 9 [VolumeMount] map(mountPath) merge(mountPath)
          livenessProbe 10 *Probe
          readinessProbe 11 *Probe
          lifecycle 12 *Lifecycle
          terminationMessagePath 13 string
          imagePullPolicy 14 string:PullPolicy
          securityContext 15 *SecurityContext
          stdin 16 bool
          stdinOnce 17 bool
          tty 18 bool
          envFrom 19 [EnvFromSource] atomic
          terminationMessagePolicy 20 string:TerminationMessagePolicy
          volumeDevices 21 [VolumeDevice] map(devicePath) merge(devicePath)
          startupProbe 22 *Probe
          resizePolicy 23 [ContainerResizePolicy] atomic
          restartPolicy 24 *string:ContainerRestartPolicy
          restartPolicyRules 25 [ContainerRestartRule] atomic
        type EphemeralContainer
          ephemeralContainerCommon 1 inline EphemeralContainerCommon
          targetContainerName 2 string
        type ResourceRequirements
          limits 1 {quantity}
          requests 2 {quantity}
          claims 3 [ResourceClaim] map(name)
        type ContainerStatus
          name 1 string required always
          state 2 ContainerState always
          lastState 3 ContainerState always
          ready 4 bool required always
          restartCount 5 int32 required always
          image 6 string required always
          imageID 7 string required always
          containerID 8 string
          started 9 *bool
          allocatedResources 10 {quantity}
          resources 11 *ResourceRequirements
          volumeMounts 12 [VolumeMountStatus] map(mountPath) merge(mountPath)
          user 13 *ContainerUser
          allocatedResourcesStatus 14 [ResourceStatus] map(name) merge(name)
          stopSignal 15 *string:Signal
        type ContainerPort
          name 1 string
          hostPort 2 int32
          containerPort 3 int32 required always
          protocol 4 string:Protocol default "TCP"
          hostIP 5 string
        type EnvFromSource
          prefix 1 string
          configMapRef 2 *ConfigMapEnvSource
          secretRef 3 *SecretEnvSource
        type EnvVar
          name 1 string required always
          value 2 string
          valueFrom 3 *EnvVarSource
        type ContainerResizePolicy
          resourceName 1 string:ResourceName required always
          restartPolicy 2 string:ResourceResizeRestartPolicy required always
        type ContainerRestartRule
          action 1 string:ContainerRestartRuleAction required
          exitCodes 2 *ContainerRestartRuleOnExitCodes
        type VolumeMount
          name 1 string required always
          readOnly 2 bool
          mountPath 3 string required always
          subPath 4 string
          mountPropagation 5 *string:MountPropagationMode
          subPathExpr 6 string
          recursiveReadOnly 7 *string:RecursiveReadOnlyMode
        type VolumeDevice
          name 1 string required always
          devicePath 2 string required always
        type Probe
          handler 1 inline ProbeHandler
          initialDelaySeconds 2 int32
          timeoutSeconds 3 int32
          periodSeconds 4 int32
          successThreshold 5 int32
          failureThreshold 6 int32
          terminationGracePeriodSeconds 7 *int64
        type Lifecycle
          postStart 1 *LifecycleHandler
          preStop 2 *LifecycleHandler
          stopSignal 3 *string:Signal
        type SecurityContext
          capabilities 1 *Capabilities
          privileged 2 *bool
          seLinuxOptions 3 *SELinuxOptions
          runAsUser 4 *int64
          runAsNonRoot 5 *bool
          readOnlyRootFilesystem 6 *bool
          allowPrivilegeEscalation 7 *bool
          runAsGroup 8 *int64
          procMount 9 *string:ProcMountType
          windowsOptions 10 *WindowsSecurityContextOptions
          seccompProfile 11 *SeccompProfile
          appArmorProfile 12 *AppArmorProfile
        type EphemeralContainerCommon
          name 1 string required always
          image 2 string
          command 3 [string] atomic
          args 4 [string] atomic
          workingDir 5 string
          ports 6 [ContainerPort] map(containerPort,protocol) merge(containerPort)
          env 7 [EnvVar] map(name) merge(name)
          resources 8 ResourceRequirements always
          volumeMounts 9 [VolumeMount] map(mountPath) merge(mountPath)
          livenessProbe 10 *Probe
          readinessProbe 11 *Probe
          lifecycle 12 *Lifecycle
          terminationMessagePath 13 string
          imagePullPolicy 14 string:PullPolicy
          securityContext 15 *SecurityContext
          stdin 16 bool
          stdinOnce 17 bool
          tty 18 bool
          envFrom 19 [EnvFromSource] atomic
          terminationMessagePolicy 20 string:TerminationMessagePolicy
          volumeDevices 21 [VolumeDevice] map(devicePath) merge(devicePath)
          startupProbe 22 *Probe
          resizePolicy 23 [ContainerResizePolicy] atomic
          restartPolicy 24 *string:ContainerRestartPolicy
          restartPolicyRules 25 [ContainerRestartRule] atomic
        type SELinuxOptions
          user 1 string
          role 2 string
          type 3 string
          level 4 string
        type WindowsSecurityContextOptions
          gmsaCredentialSpecName 1 *string
          gmsaCredentialSpec 2 *string
          runAsUserName 3 *string
          hostProcess 4 *bool
        type SeccompProfile
          type 1 string:SeccompProfileType required always
          localhostProfile 2 *string
        type AppArmorProfile
          type 1 string:AppArmorProfileType required always
          localhostProfile 2 *string
        type ResourceClaim
          name 1 string required always
          request 2 string
        type ContainerState
          waiting 1 *ContainerStateWaiting
          running 2 *ContainerStateRunning
          terminated 3 *ContainerStateTerminated
        type VolumeMountStatus
          name 1 string required always
          mountPath 2 string required always
          readOnly 3 bool
          recursiveReadOnly 4 *string:RecursiveReadOnlyMode
          volumeStatus 5 *VolumeStatus
        type ContainerUser
          linux 1 *LinuxContainerUser
        type ResourceStatus
          name 1 string:ResourceName required always
          resources 2 [ResourceHealth] map(resourceID)
        type ContainerExtendedResourceRequest
          containerName 1 string required always
          resourceName 2 string required always
          requestName 3 string required always
        type ConfigMapEnvSource
          localObjectReference 1 inline LocalObjectReference
          optional 2 *bool
        type SecretEnvSource
          localObjectReference 1 inline LocalObjectReference
          optional 2 *bool
        type EnvVarSource
          fieldRef 1 *ObjectFieldSelector
          resourceFieldRef 2 *ResourceFieldSelector
          configMapKeyRef 3 *ConfigMapKeySelector
          secretKeyRef 4 *SecretKeySelector
          fileKeyRef 5 *FileKeySelector
        type ContainerRestartRuleOnExitCodes
          operator 1 string:ContainerRestartRuleOnExitCodesOperator required
          values 2 [int32] set
        type ProbeHandler
          exec 1 *ExecAction
          httpGet 2 *HTTPGetAction
          tcpSocket 3 *TCPSocketAction
          grpc 4 *GRPCAction
        type LifecycleHandler
          exec 1 *ExecAction
          httpGet 2 *HTTPGetAction
          tcpSocket 3 *TCPSocketAction
          sleep 4 *SleepAction
        type Capabilities
          add 1 [string:Capability] atomic
          drop 2 [string:Capability] atomic
        type ContainerStateWaiting
          reason 1 string
          message 2 string
        type ContainerStateRunning
          startedAt 1 time always
        type ContainerStateTerminated
          exitCode 1 int32 required always
          signal 2 int32
          reason 3 string
          message 4 string
          startedAt 5 time always
          finishedAt 6 time always
          containerID 7 string
        type LinuxContainerUser
          uid 1 int64 required always
          gid 2 int64 required always
          supplementalGroups 3 [int64] atomic
        type ResourceHealth
          resourceID 1 string:ResourceID required always
          health 2 string:ResourceHealthStatus
          message 6 *string
        type ObjectFieldSelector atomic
          apiVersion 1 string
          fieldPath 2 string required always
        type ResourceFieldSelector atomic
          containerName 1 string
          resource 2 string required always
          divisor 3 quantity
        type ConfigMapKeySelector atomic
          localObjectReference 1 inline LocalObjectReference
          key 2 string required always
          optional 3 *bool
        type SecretKeySelector atomic
          localObjectReference 1 inline LocalObjectReference
          key 2 string required always
          optional 3 *bool
        type FileKeySelector atomic
          volumeName 1 string required always
          path 2 string required always
          key 3 string required always
          optional 4 *bool default false
        type ExecAction
          command 1 [string] atomic
        type HTTPGetAction
          path 1 string
          port 2 int-or-string required always
          host 3 string
          scheme 4 string:URIScheme
          httpHeaders 5 [HTTPHeader] atomic
        type TCPSocketAction
          port 1 int-or-string required always
          host 2 string
        type GRPCAction
          port 1 int32 required always
          service 2 *string always default ""
        type SleepAction
          seconds 1 int64 required always
        type HTTPHeader
          name 1 string required always
          value 2 string required always
        """
}
