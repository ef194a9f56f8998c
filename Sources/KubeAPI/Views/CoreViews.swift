// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct Container: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var args: [String] { get { json["args"]?.strings ?? [] } set { json["args"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var command: [String] { get { json["command"]?.strings ?? [] } set { json["command"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var env: [EnvVar] { get { json.views("env") } set { json.setViews("env", newValue) } }
    public var envFrom: [EnvFromSource] { get { json.views("envFrom") } set { json.setViews("envFrom", newValue) } }
    public var image: String? { get { json["image"]?.string } set { json["image"] = newValue.map { JSON($0) } } }
    public var imagePullPolicy: String? { get { json["imagePullPolicy"]?.string } set { json["imagePullPolicy"] = newValue.map { JSON($0) } } }
    public var lifecycle: Lifecycle? { get { json["lifecycle"].map { Lifecycle($0) } } set { json["lifecycle"] = newValue?.json } }
    public var livenessProbe: Probe? { get { json["livenessProbe"].map { Probe($0) } } set { json["livenessProbe"] = newValue?.json } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var ports: [ContainerPort] { get { json.views("ports") } set { json.setViews("ports", newValue) } }
    public var readinessProbe: Probe? { get { json["readinessProbe"].map { Probe($0) } } set { json["readinessProbe"] = newValue?.json } }
    public var resizePolicy: [ContainerResizePolicy] { get { json.views("resizePolicy") } set { json.setViews("resizePolicy", newValue) } }
    public var resources: ResourceRequirements? { get { json["resources"].map { ResourceRequirements($0) } } set { json["resources"] = newValue?.json } }
    public var restartPolicy: String? { get { json["restartPolicy"]?.string } set { json["restartPolicy"] = newValue.map { JSON($0) } } }
    public var restartPolicyRules: [ContainerRestartRule] { get { json.views("restartPolicyRules") } set { json.setViews("restartPolicyRules", newValue) } }
    public var securityContext: SecurityContext? { get { json["securityContext"].map { SecurityContext($0) } } set { json["securityContext"] = newValue?.json } }
    public var startupProbe: Probe? { get { json["startupProbe"].map { Probe($0) } } set { json["startupProbe"] = newValue?.json } }
    public var stdin: Bool? { get { json["stdin"]?.bool } set { json["stdin"] = newValue.map { JSON($0) } } }
    public var stdinOnce: Bool? { get { json["stdinOnce"]?.bool } set { json["stdinOnce"] = newValue.map { JSON($0) } } }
    public var terminationMessagePath: String? { get { json["terminationMessagePath"]?.string } set { json["terminationMessagePath"] = newValue.map { JSON($0) } } }
    public var terminationMessagePolicy: String? { get { json["terminationMessagePolicy"]?.string } set { json["terminationMessagePolicy"] = newValue.map { JSON($0) } } }
    public var tty: Bool? { get { json["tty"]?.bool } set { json["tty"] = newValue.map { JSON($0) } } }
    public var volumeDevices: [VolumeDevice] { get { json.views("volumeDevices") } set { json.setViews("volumeDevices", newValue) } }
    public var volumeMounts: [VolumeMount] { get { json.views("volumeMounts") } set { json.setViews("volumeMounts", newValue) } }
    public var workingDir: String? { get { json["workingDir"]?.string } set { json["workingDir"] = newValue.map { JSON($0) } } }
}

public struct EphemeralContainer: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var args: [String] { get { json["args"]?.strings ?? [] } set { json["args"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var command: [String] { get { json["command"]?.strings ?? [] } set { json["command"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var env: [EnvVar] { get { json.views("env") } set { json.setViews("env", newValue) } }
    public var envFrom: [EnvFromSource] { get { json.views("envFrom") } set { json.setViews("envFrom", newValue) } }
    public var image: String? { get { json["image"]?.string } set { json["image"] = newValue.map { JSON($0) } } }
    public var imagePullPolicy: String? { get { json["imagePullPolicy"]?.string } set { json["imagePullPolicy"] = newValue.map { JSON($0) } } }
    public var lifecycle: Lifecycle? { get { json["lifecycle"].map { Lifecycle($0) } } set { json["lifecycle"] = newValue?.json } }
    public var livenessProbe: Probe? { get { json["livenessProbe"].map { Probe($0) } } set { json["livenessProbe"] = newValue?.json } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var ports: [ContainerPort] { get { json.views("ports") } set { json.setViews("ports", newValue) } }
    public var readinessProbe: Probe? { get { json["readinessProbe"].map { Probe($0) } } set { json["readinessProbe"] = newValue?.json } }
    public var resizePolicy: [ContainerResizePolicy] { get { json.views("resizePolicy") } set { json.setViews("resizePolicy", newValue) } }
    public var resources: ResourceRequirements? { get { json["resources"].map { ResourceRequirements($0) } } set { json["resources"] = newValue?.json } }
    public var restartPolicy: String? { get { json["restartPolicy"]?.string } set { json["restartPolicy"] = newValue.map { JSON($0) } } }
    public var restartPolicyRules: [ContainerRestartRule] { get { json.views("restartPolicyRules") } set { json.setViews("restartPolicyRules", newValue) } }
    public var securityContext: SecurityContext? { get { json["securityContext"].map { SecurityContext($0) } } set { json["securityContext"] = newValue?.json } }
    public var startupProbe: Probe? { get { json["startupProbe"].map { Probe($0) } } set { json["startupProbe"] = newValue?.json } }
    public var stdin: Bool? { get { json["stdin"]?.bool } set { json["stdin"] = newValue.map { JSON($0) } } }
    public var stdinOnce: Bool? { get { json["stdinOnce"]?.bool } set { json["stdinOnce"] = newValue.map { JSON($0) } } }
    public var targetContainerName: String? { get { json["targetContainerName"]?.string } set { json["targetContainerName"] = newValue.map { JSON($0) } } }
    public var terminationMessagePath: String? { get { json["terminationMessagePath"]?.string } set { json["terminationMessagePath"] = newValue.map { JSON($0) } } }
    public var terminationMessagePolicy: String? { get { json["terminationMessagePolicy"]?.string } set { json["terminationMessagePolicy"] = newValue.map { JSON($0) } } }
    public var tty: Bool? { get { json["tty"]?.bool } set { json["tty"] = newValue.map { JSON($0) } } }
    public var volumeDevices: [VolumeDevice] { get { json.views("volumeDevices") } set { json.setViews("volumeDevices", newValue) } }
    public var volumeMounts: [VolumeMount] { get { json.views("volumeMounts") } set { json.setViews("volumeMounts", newValue) } }
    public var workingDir: String? { get { json["workingDir"]?.string } set { json["workingDir"] = newValue.map { JSON($0) } } }
}

public struct ResourceRequirements: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var claims: [ContainerResourceClaim] { get { json.views("claims") } set { json.setViews("claims", newValue) } }
    public var limits: [String: String] { get { json["limits"]?.stringMap ?? [:] } set { json["limits"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var requests: [String: String] { get { json["requests"]?.stringMap ?? [:] } set { json["requests"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct ContainerStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var allocatedResources: [String: String] { get { json["allocatedResources"]?.stringMap ?? [:] } set { json["allocatedResources"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var allocatedResourcesStatus: [ResourceStatus] { get { json.views("allocatedResourcesStatus") } set { json.setViews("allocatedResourcesStatus", newValue) } }
    public var containerID: String? { get { json["containerID"]?.string } set { json["containerID"] = newValue.map { JSON($0) } } }
    public var image: String? { get { json["image"]?.string } set { json["image"] = newValue.map { JSON($0) } } }
    public var imageID: String? { get { json["imageID"]?.string } set { json["imageID"] = newValue.map { JSON($0) } } }
    public var lastState: ContainerState? { get { json["lastState"].map { ContainerState($0) } } set { json["lastState"] = newValue?.json } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var ready: Bool? { get { json["ready"]?.bool } set { json["ready"] = newValue.map { JSON($0) } } }
    public var resources: ResourceRequirements? { get { json["resources"].map { ResourceRequirements($0) } } set { json["resources"] = newValue?.json } }
    public var restartCount: Int? { get { json["restartCount"]?.int } set { json["restartCount"] = newValue.map { JSON($0) } } }
    public var started: Bool? { get { json["started"]?.bool } set { json["started"] = newValue.map { JSON($0) } } }
    public var state: ContainerState? { get { json["state"].map { ContainerState($0) } } set { json["state"] = newValue?.json } }
    public var stopSignal: String? { get { json["stopSignal"]?.string } set { json["stopSignal"] = newValue.map { JSON($0) } } }
    public var user: ContainerUser? { get { json["user"].map { ContainerUser($0) } } set { json["user"] = newValue?.json } }
    public var volumeMounts: [VolumeMountStatus] { get { json.views("volumeMounts") } set { json.setViews("volumeMounts", newValue) } }
}

public struct ContainerPort: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var containerPort: Int? { get { json["containerPort"]?.int } set { json["containerPort"] = newValue.map { JSON($0) } } }
    public var hostIP: String? { get { json["hostIP"]?.string } set { json["hostIP"] = newValue.map { JSON($0) } } }
    public var hostPort: Int? { get { json["hostPort"]?.int } set { json["hostPort"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var `protocol`: String? { get { json["protocol"]?.string } set { json["protocol"] = newValue.map { JSON($0) } } }
}

public struct EnvFromSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var configMapRef: ConfigMapEnvSource? { get { json["configMapRef"].map { ConfigMapEnvSource($0) } } set { json["configMapRef"] = newValue?.json } }
    public var prefix: String? { get { json["prefix"]?.string } set { json["prefix"] = newValue.map { JSON($0) } } }
    public var secretRef: SecretEnvSource? { get { json["secretRef"].map { SecretEnvSource($0) } } set { json["secretRef"] = newValue?.json } }
}

public struct EnvVar: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var value: String? { get { json["value"]?.string } set { json["value"] = newValue.map { JSON($0) } } }
    public var valueFrom: EnvVarSource? { get { json["valueFrom"].map { EnvVarSource($0) } } set { json["valueFrom"] = newValue?.json } }
}

public struct ContainerResizePolicy: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var resourceName: String? { get { json["resourceName"]?.string } set { json["resourceName"] = newValue.map { JSON($0) } } }
    public var restartPolicy: String? { get { json["restartPolicy"]?.string } set { json["restartPolicy"] = newValue.map { JSON($0) } } }
}

public struct ContainerRestartRule: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var action: String? { get { json["action"]?.string } set { json["action"] = newValue.map { JSON($0) } } }
    public var exitCodes: ContainerRestartRuleOnExitCodes? { get { json["exitCodes"].map { ContainerRestartRuleOnExitCodes($0) } } set { json["exitCodes"] = newValue?.json } }
}

public struct VolumeMount: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var mountPath: String? { get { json["mountPath"]?.string } set { json["mountPath"] = newValue.map { JSON($0) } } }
    public var mountPropagation: String? { get { json["mountPropagation"]?.string } set { json["mountPropagation"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var recursiveReadOnly: String? { get { json["recursiveReadOnly"]?.string } set { json["recursiveReadOnly"] = newValue.map { JSON($0) } } }
    public var subPath: String? { get { json["subPath"]?.string } set { json["subPath"] = newValue.map { JSON($0) } } }
    public var subPathExpr: String? { get { json["subPathExpr"]?.string } set { json["subPathExpr"] = newValue.map { JSON($0) } } }
}

public struct VolumeDevice: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var devicePath: String? { get { json["devicePath"]?.string } set { json["devicePath"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
}

public struct Probe: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var exec: ExecAction? { get { json["exec"].map { ExecAction($0) } } set { json["exec"] = newValue?.json } }
    public var failureThreshold: Int? { get { json["failureThreshold"]?.int } set { json["failureThreshold"] = newValue.map { JSON($0) } } }
    public var grpc: GRPCAction? { get { json["grpc"].map { GRPCAction($0) } } set { json["grpc"] = newValue?.json } }
    public var httpGet: HTTPGetAction? { get { json["httpGet"].map { HTTPGetAction($0) } } set { json["httpGet"] = newValue?.json } }
    public var initialDelaySeconds: Int? { get { json["initialDelaySeconds"]?.int } set { json["initialDelaySeconds"] = newValue.map { JSON($0) } } }
    public var periodSeconds: Int? { get { json["periodSeconds"]?.int } set { json["periodSeconds"] = newValue.map { JSON($0) } } }
    public var successThreshold: Int? { get { json["successThreshold"]?.int } set { json["successThreshold"] = newValue.map { JSON($0) } } }
    public var tcpSocket: TCPSocketAction? { get { json["tcpSocket"].map { TCPSocketAction($0) } } set { json["tcpSocket"] = newValue?.json } }
    public var terminationGracePeriodSeconds: Int? { get { json["terminationGracePeriodSeconds"]?.int } set { json["terminationGracePeriodSeconds"] = newValue.map { JSON($0) } } }
    public var timeoutSeconds: Int? { get { json["timeoutSeconds"]?.int } set { json["timeoutSeconds"] = newValue.map { JSON($0) } } }
}

public struct Lifecycle: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var postStart: LifecycleHandler? { get { json["postStart"].map { LifecycleHandler($0) } } set { json["postStart"] = newValue?.json } }
    public var preStop: LifecycleHandler? { get { json["preStop"].map { LifecycleHandler($0) } } set { json["preStop"] = newValue?.json } }
    public var stopSignal: String? { get { json["stopSignal"]?.string } set { json["stopSignal"] = newValue.map { JSON($0) } } }
}

public struct SecurityContext: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var allowPrivilegeEscalation: Bool? { get { json["allowPrivilegeEscalation"]?.bool } set { json["allowPrivilegeEscalation"] = newValue.map { JSON($0) } } }
    public var appArmorProfile: AppArmorProfile? { get { json["appArmorProfile"].map { AppArmorProfile($0) } } set { json["appArmorProfile"] = newValue?.json } }
    public var capabilities: Capabilities? { get { json["capabilities"].map { Capabilities($0) } } set { json["capabilities"] = newValue?.json } }
    public var privileged: Bool? { get { json["privileged"]?.bool } set { json["privileged"] = newValue.map { JSON($0) } } }
    public var procMount: String? { get { json["procMount"]?.string } set { json["procMount"] = newValue.map { JSON($0) } } }
    public var readOnlyRootFilesystem: Bool? { get { json["readOnlyRootFilesystem"]?.bool } set { json["readOnlyRootFilesystem"] = newValue.map { JSON($0) } } }
    public var runAsGroup: Int? { get { json["runAsGroup"]?.int } set { json["runAsGroup"] = newValue.map { JSON($0) } } }
    public var runAsNonRoot: Bool? { get { json["runAsNonRoot"]?.bool } set { json["runAsNonRoot"] = newValue.map { JSON($0) } } }
    public var runAsUser: Int? { get { json["runAsUser"]?.int } set { json["runAsUser"] = newValue.map { JSON($0) } } }
    public var seLinuxOptions: SELinuxOptions? { get { json["seLinuxOptions"].map { SELinuxOptions($0) } } set { json["seLinuxOptions"] = newValue?.json } }
    public var seccompProfile: SeccompProfile? { get { json["seccompProfile"].map { SeccompProfile($0) } } set { json["seccompProfile"] = newValue?.json } }
    public var windowsOptions: WindowsSecurityContextOptions? { get { json["windowsOptions"].map { WindowsSecurityContextOptions($0) } } set { json["windowsOptions"] = newValue?.json } }
}

public struct SELinuxOptions: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var level: String? { get { json["level"]?.string } set { json["level"] = newValue.map { JSON($0) } } }
    public var role: String? { get { json["role"]?.string } set { json["role"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
    public var user: String? { get { json["user"]?.string } set { json["user"] = newValue.map { JSON($0) } } }
}

public struct WindowsSecurityContextOptions: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var gmsaCredentialSpec: String? { get { json["gmsaCredentialSpec"]?.string } set { json["gmsaCredentialSpec"] = newValue.map { JSON($0) } } }
    public var gmsaCredentialSpecName: String? { get { json["gmsaCredentialSpecName"]?.string } set { json["gmsaCredentialSpecName"] = newValue.map { JSON($0) } } }
    public var hostProcess: Bool? { get { json["hostProcess"]?.bool } set { json["hostProcess"] = newValue.map { JSON($0) } } }
    public var runAsUserName: String? { get { json["runAsUserName"]?.string } set { json["runAsUserName"] = newValue.map { JSON($0) } } }
}

public struct SeccompProfile: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var localhostProfile: String? { get { json["localhostProfile"]?.string } set { json["localhostProfile"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct AppArmorProfile: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var localhostProfile: String? { get { json["localhostProfile"]?.string } set { json["localhostProfile"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct ContainerResourceClaim: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var request: String? { get { json["request"]?.string } set { json["request"] = newValue.map { JSON($0) } } }
}

public struct ContainerState: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var running: ContainerStateRunning? { get { json["running"].map { ContainerStateRunning($0) } } set { json["running"] = newValue?.json } }
    public var terminated: ContainerStateTerminated? { get { json["terminated"].map { ContainerStateTerminated($0) } } set { json["terminated"] = newValue?.json } }
    public var waiting: ContainerStateWaiting? { get { json["waiting"].map { ContainerStateWaiting($0) } } set { json["waiting"] = newValue?.json } }
}

public struct VolumeMountStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var mountPath: String? { get { json["mountPath"]?.string } set { json["mountPath"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var recursiveReadOnly: String? { get { json["recursiveReadOnly"]?.string } set { json["recursiveReadOnly"] = newValue.map { JSON($0) } } }
    public var volumeStatus: VolumeStatus? { get { json["volumeStatus"].map { VolumeStatus($0) } } set { json["volumeStatus"] = newValue?.json } }
}

public struct ContainerUser: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var linux: LinuxContainerUser? { get { json["linux"].map { LinuxContainerUser($0) } } set { json["linux"] = newValue?.json } }
}

public struct ResourceStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var resources: [ResourceHealth] { get { json.views("resources") } set { json.setViews("resources", newValue) } }
}

public struct ContainerExtendedResourceRequest: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var containerName: String? { get { json["containerName"]?.string } set { json["containerName"] = newValue.map { JSON($0) } } }
    public var requestName: String? { get { json["requestName"]?.string } set { json["requestName"] = newValue.map { JSON($0) } } }
    public var resourceName: String? { get { json["resourceName"]?.string } set { json["resourceName"] = newValue.map { JSON($0) } } }
}

public struct ConfigMapEnvSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var optional: Bool? { get { json["optional"]?.bool } set { json["optional"] = newValue.map { JSON($0) } } }
}

public struct SecretEnvSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var optional: Bool? { get { json["optional"]?.bool } set { json["optional"] = newValue.map { JSON($0) } } }
}

public struct EnvVarSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var configMapKeyRef: ConfigMapKeySelector? { get { json["configMapKeyRef"].map { ConfigMapKeySelector($0) } } set { json["configMapKeyRef"] = newValue?.json } }
    public var fieldRef: ObjectFieldSelector? { get { json["fieldRef"].map { ObjectFieldSelector($0) } } set { json["fieldRef"] = newValue?.json } }
    public var fileKeyRef: FileKeySelector? { get { json["fileKeyRef"].map { FileKeySelector($0) } } set { json["fileKeyRef"] = newValue?.json } }
    public var resourceFieldRef: ResourceFieldSelector? { get { json["resourceFieldRef"].map { ResourceFieldSelector($0) } } set { json["resourceFieldRef"] = newValue?.json } }
    public var secretKeyRef: SecretKeySelector? { get { json["secretKeyRef"].map { SecretKeySelector($0) } } set { json["secretKeyRef"] = newValue?.json } }
}

public struct ContainerRestartRuleOnExitCodes: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var `operator`: String? { get { json["operator"]?.string } set { json["operator"] = newValue.map { JSON($0) } } }
    public var values: [JSON] { get { json["values"]?.elements ?? [] } set { json["values"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct LifecycleHandler: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var exec: ExecAction? { get { json["exec"].map { ExecAction($0) } } set { json["exec"] = newValue?.json } }
    public var httpGet: HTTPGetAction? { get { json["httpGet"].map { HTTPGetAction($0) } } set { json["httpGet"] = newValue?.json } }
    public var sleep: SleepAction? { get { json["sleep"].map { SleepAction($0) } } set { json["sleep"] = newValue?.json } }
    public var tcpSocket: TCPSocketAction? { get { json["tcpSocket"].map { TCPSocketAction($0) } } set { json["tcpSocket"] = newValue?.json } }
}

public struct Capabilities: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var add: [String] { get { json["add"]?.strings ?? [] } set { json["add"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var drop: [String] { get { json["drop"]?.strings ?? [] } set { json["drop"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct ContainerStateWaiting: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
}

public struct ContainerStateRunning: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var startedAt: String? { get { json["startedAt"]?.string } set { json["startedAt"] = newValue.map { JSON($0) } } }
}

public struct ContainerStateTerminated: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var containerID: String? { get { json["containerID"]?.string } set { json["containerID"] = newValue.map { JSON($0) } } }
    public var exitCode: Int? { get { json["exitCode"]?.int } set { json["exitCode"] = newValue.map { JSON($0) } } }
    public var finishedAt: String? { get { json["finishedAt"]?.string } set { json["finishedAt"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var signal: Int? { get { json["signal"]?.int } set { json["signal"] = newValue.map { JSON($0) } } }
    public var startedAt: String? { get { json["startedAt"]?.string } set { json["startedAt"] = newValue.map { JSON($0) } } }
}

public struct LinuxContainerUser: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var gid: Int? { get { json["gid"]?.int } set { json["gid"] = newValue.map { JSON($0) } } }
    public var supplementalGroups: [JSON] { get { json["supplementalGroups"]?.elements ?? [] } set { json["supplementalGroups"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var uid: Int? { get { json["uid"]?.int } set { json["uid"] = newValue.map { JSON($0) } } }
}

public struct ResourceHealth: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var health: String? { get { json["health"]?.string } set { json["health"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var resourceID: String? { get { json["resourceID"]?.string } set { json["resourceID"] = newValue.map { JSON($0) } } }
}

public struct ObjectFieldSelector: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var apiVersion: String? { get { json["apiVersion"]?.string } set { json["apiVersion"] = newValue.map { JSON($0) } } }
    public var fieldPath: String? { get { json["fieldPath"]?.string } set { json["fieldPath"] = newValue.map { JSON($0) } } }
}

public struct ResourceFieldSelector: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var containerName: String? { get { json["containerName"]?.string } set { json["containerName"] = newValue.map { JSON($0) } } }
    public var divisor: String? { get { json["divisor"]?.string ?? json["divisor"]?.number } set { json["divisor"] = newValue.map { JSON($0) } } }
    public var resource: String? { get { json["resource"]?.string } set { json["resource"] = newValue.map { JSON($0) } } }
}

public struct ConfigMapKeySelector: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var key: String? { get { json["key"]?.string } set { json["key"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var optional: Bool? { get { json["optional"]?.bool } set { json["optional"] = newValue.map { JSON($0) } } }
}

public struct SecretKeySelector: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var key: String? { get { json["key"]?.string } set { json["key"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var optional: Bool? { get { json["optional"]?.bool } set { json["optional"] = newValue.map { JSON($0) } } }
}

public struct FileKeySelector: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var key: String? { get { json["key"]?.string } set { json["key"] = newValue.map { JSON($0) } } }
    public var optional: Bool? { get { json["optional"]?.bool } set { json["optional"] = newValue.map { JSON($0) } } }
    public var path: String? { get { json["path"]?.string } set { json["path"] = newValue.map { JSON($0) } } }
    public var volumeName: String? { get { json["volumeName"]?.string } set { json["volumeName"] = newValue.map { JSON($0) } } }
}

public struct ExecAction: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var command: [String] { get { json["command"]?.strings ?? [] } set { json["command"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct HTTPGetAction: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var host: String? { get { json["host"]?.string } set { json["host"] = newValue.map { JSON($0) } } }
    public var httpHeaders: [HTTPHeader] { get { json.views("httpHeaders") } set { json.setViews("httpHeaders", newValue) } }
    public var path: String? { get { json["path"]?.string } set { json["path"] = newValue.map { JSON($0) } } }
    public var port: JSON? { get { json["port"] } set { json["port"] = newValue } }
    public var scheme: String? { get { json["scheme"]?.string } set { json["scheme"] = newValue.map { JSON($0) } } }
}

public struct TCPSocketAction: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var host: String? { get { json["host"]?.string } set { json["host"] = newValue.map { JSON($0) } } }
    public var port: JSON? { get { json["port"] } set { json["port"] = newValue } }
}

public struct GRPCAction: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var port: Int? { get { json["port"]?.int } set { json["port"] = newValue.map { JSON($0) } } }
    public var service: String? { get { json["service"]?.string } set { json["service"] = newValue.map { JSON($0) } } }
}

public struct SleepAction: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var seconds: Int? { get { json["seconds"]?.int } set { json["seconds"] = newValue.map { JSON($0) } } }
}

public struct HTTPHeader: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var value: String? { get { json["value"]?.string } set { json["value"] = newValue.map { JSON($0) } } }
}

public struct ReplicationController: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "", version: "v1", kind: "ReplicationController")
    public static let resource = GroupResource(group: "", resource: "replicationcontrollers")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: ReplicationControllerSpec { get { ReplicationControllerSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: ReplicationControllerStatus { get { ReplicationControllerStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct PodTemplate: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "", version: "v1", kind: "PodTemplate")
    public static let resource = GroupResource(group: "", resource: "podtemplates")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var template: PodTemplateSpec { get { PodTemplateSpec(json["template"] ?? .object) } set { json["template"] = newValue.json } }
}

public struct ReplicationControllerSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var minReadySeconds: Int? { get { json["minReadySeconds"]?.int } set { json["minReadySeconds"] = newValue.map { JSON($0) } } }
    public var replicas: Int? { get { json["replicas"]?.int } set { json["replicas"] = newValue.map { JSON($0) } } }
    public var selector: [String: String] { get { json["selector"]?.stringMap ?? [:] } set { json["selector"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var template: PodTemplateSpec { get { PodTemplateSpec(json["template"] ?? .object) } set { json["template"] = newValue.json } }
}

public struct ReplicationControllerStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var availableReplicas: Int? { get { json["availableReplicas"]?.int } set { json["availableReplicas"] = newValue.map { JSON($0) } } }
    public var conditions: [ReplicationControllerCondition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
    public var fullyLabeledReplicas: Int? { get { json["fullyLabeledReplicas"]?.int } set { json["fullyLabeledReplicas"] = newValue.map { JSON($0) } } }
    public var observedGeneration: Int? { get { json["observedGeneration"]?.int } set { json["observedGeneration"] = newValue.map { JSON($0) } } }
    public var readyReplicas: Int? { get { json["readyReplicas"]?.int } set { json["readyReplicas"] = newValue.map { JSON($0) } } }
    public var replicas: Int? { get { json["replicas"]?.int } set { json["replicas"] = newValue.map { JSON($0) } } }
}

public struct ReplicationControllerCondition: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var lastTransitionTime: String? { get { json["lastTransitionTime"]?.string } set { json["lastTransitionTime"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var status: String? { get { json["status"]?.string } set { json["status"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct ComponentStatus: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "", version: "v1", kind: "ComponentStatus")
    public static let resource = GroupResource(group: "", resource: "componentstatuses")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var conditions: [ComponentCondition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
}

public struct ComponentCondition: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var error: String? { get { json["error"]?.string } set { json["error"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var status: String? { get { json["status"]?.string } set { json["status"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct Node: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "", version: "v1", kind: "Node")
    public static let resource = GroupResource(group: "", resource: "nodes")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: NodeSpec { get { NodeSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: NodeStatus { get { NodeStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct NodeSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var configSource: NodeConfigSource? { get { json["configSource"].map { NodeConfigSource($0) } } set { json["configSource"] = newValue?.json } }
    public var externalID: String? { get { json["externalID"]?.string } set { json["externalID"] = newValue.map { JSON($0) } } }
    public var podCIDR: String? { get { json["podCIDR"]?.string } set { json["podCIDR"] = newValue.map { JSON($0) } } }
    public var podCIDRs: [String] { get { json["podCIDRs"]?.strings ?? [] } set { json["podCIDRs"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var providerID: String? { get { json["providerID"]?.string } set { json["providerID"] = newValue.map { JSON($0) } } }
    public var taints: [Taint] { get { json.views("taints") } set { json.setViews("taints", newValue) } }
    public var unschedulable: Bool? { get { json["unschedulable"]?.bool } set { json["unschedulable"] = newValue.map { JSON($0) } } }
}

public struct NodeStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var addresses: [NodeAddress] { get { json.views("addresses") } set { json.setViews("addresses", newValue) } }
    public var allocatable: [String: String] { get { json["allocatable"]?.stringMap ?? [:] } set { json["allocatable"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var capacity: [String: String] { get { json["capacity"]?.stringMap ?? [:] } set { json["capacity"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var conditions: [NodeCondition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
    public var config: NodeConfigStatus? { get { json["config"].map { NodeConfigStatus($0) } } set { json["config"] = newValue?.json } }
    public var daemonEndpoints: NodeDaemonEndpoints? { get { json["daemonEndpoints"].map { NodeDaemonEndpoints($0) } } set { json["daemonEndpoints"] = newValue?.json } }
    public var declaredFeatures: [String] { get { json["declaredFeatures"]?.strings ?? [] } set { json["declaredFeatures"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var features: NodeFeatures? { get { json["features"].map { NodeFeatures($0) } } set { json["features"] = newValue?.json } }
    public var images: [ContainerImage] { get { json.views("images") } set { json.setViews("images", newValue) } }
    public var nodeInfo: NodeSystemInfo? { get { json["nodeInfo"].map { NodeSystemInfo($0) } } set { json["nodeInfo"] = newValue?.json } }
    public var phase: String? { get { json["phase"]?.string } set { json["phase"] = newValue.map { JSON($0) } } }
    public var runtimeHandlers: [NodeRuntimeHandler] { get { json.views("runtimeHandlers") } set { json.setViews("runtimeHandlers", newValue) } }
    public var volumesAttached: [AttachedVolume] { get { json.views("volumesAttached") } set { json.setViews("volumesAttached", newValue) } }
    public var volumesInUse: [String] { get { json["volumesInUse"]?.strings ?? [] } set { json["volumesInUse"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct Taint: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var effect: String? { get { json["effect"]?.string } set { json["effect"] = newValue.map { JSON($0) } } }
    public var key: String? { get { json["key"]?.string } set { json["key"] = newValue.map { JSON($0) } } }
    public var timeAdded: String? { get { json["timeAdded"]?.string } set { json["timeAdded"] = newValue.map { JSON($0) } } }
    public var value: String? { get { json["value"]?.string } set { json["value"] = newValue.map { JSON($0) } } }
}

public struct NodeConfigSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var configMap: ConfigMapNodeConfigSource? { get { json["configMap"].map { ConfigMapNodeConfigSource($0) } } set { json["configMap"] = newValue?.json } }
}

public struct NodeCondition: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var lastHeartbeatTime: String? { get { json["lastHeartbeatTime"]?.string } set { json["lastHeartbeatTime"] = newValue.map { JSON($0) } } }
    public var lastTransitionTime: String? { get { json["lastTransitionTime"]?.string } set { json["lastTransitionTime"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var status: String? { get { json["status"]?.string } set { json["status"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct NodeAddress: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var address: String? { get { json["address"]?.string } set { json["address"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct NodeDaemonEndpoints: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var kubeletEndpoint: DaemonEndpoint? { get { json["kubeletEndpoint"].map { DaemonEndpoint($0) } } set { json["kubeletEndpoint"] = newValue?.json } }
}

public struct NodeSystemInfo: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var architecture: String? { get { json["architecture"]?.string } set { json["architecture"] = newValue.map { JSON($0) } } }
    public var bootID: String? { get { json["bootID"]?.string } set { json["bootID"] = newValue.map { JSON($0) } } }
    public var containerRuntimeVersion: String? { get { json["containerRuntimeVersion"]?.string } set { json["containerRuntimeVersion"] = newValue.map { JSON($0) } } }
    public var kernelVersion: String? { get { json["kernelVersion"]?.string } set { json["kernelVersion"] = newValue.map { JSON($0) } } }
    public var kubeProxyVersion: String? { get { json["kubeProxyVersion"]?.string } set { json["kubeProxyVersion"] = newValue.map { JSON($0) } } }
    public var kubeletVersion: String? { get { json["kubeletVersion"]?.string } set { json["kubeletVersion"] = newValue.map { JSON($0) } } }
    public var machineID: String? { get { json["machineID"]?.string } set { json["machineID"] = newValue.map { JSON($0) } } }
    public var operatingSystem: String? { get { json["operatingSystem"]?.string } set { json["operatingSystem"] = newValue.map { JSON($0) } } }
    public var osImage: String? { get { json["osImage"]?.string } set { json["osImage"] = newValue.map { JSON($0) } } }
    public var swap: NodeSwapStatus? { get { json["swap"].map { NodeSwapStatus($0) } } set { json["swap"] = newValue?.json } }
    public var systemUUID: String? { get { json["systemUUID"]?.string } set { json["systemUUID"] = newValue.map { JSON($0) } } }
}

public struct ContainerImage: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var names: [String] { get { json["names"]?.strings ?? [] } set { json["names"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var sizeBytes: Int? { get { json["sizeBytes"]?.int } set { json["sizeBytes"] = newValue.map { JSON($0) } } }
}

public struct AttachedVolume: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var devicePath: String? { get { json["devicePath"]?.string } set { json["devicePath"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
}

public struct NodeConfigStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var active: NodeConfigSource? { get { json["active"].map { NodeConfigSource($0) } } set { json["active"] = newValue?.json } }
    public var assigned: NodeConfigSource? { get { json["assigned"].map { NodeConfigSource($0) } } set { json["assigned"] = newValue?.json } }
    public var error: String? { get { json["error"]?.string } set { json["error"] = newValue.map { JSON($0) } } }
    public var lastKnownGood: NodeConfigSource? { get { json["lastKnownGood"].map { NodeConfigSource($0) } } set { json["lastKnownGood"] = newValue?.json } }
}

public struct NodeRuntimeHandler: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var features: NodeRuntimeHandlerFeatures? { get { json["features"].map { NodeRuntimeHandlerFeatures($0) } } set { json["features"] = newValue?.json } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
}

public struct NodeFeatures: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var supplementalGroupsPolicy: Bool? { get { json["supplementalGroupsPolicy"]?.bool } set { json["supplementalGroupsPolicy"] = newValue.map { JSON($0) } } }
}

public struct ConfigMapNodeConfigSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var kubeletConfigKey: String? { get { json["kubeletConfigKey"]?.string } set { json["kubeletConfigKey"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var namespace: String? { get { json["namespace"]?.string } set { json["namespace"] = newValue.map { JSON($0) } } }
    public var resourceVersion: String? { get { json["resourceVersion"]?.string } set { json["resourceVersion"] = newValue.map { JSON($0) } } }
    public var uid: String? { get { json["uid"]?.string } set { json["uid"] = newValue.map { JSON($0) } } }
}

public struct DaemonEndpoint: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var Port: Int? { get { json["Port"]?.int } set { json["Port"] = newValue.map { JSON($0) } } }
}

public struct NodeSwapStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var capacity: Int? { get { json["capacity"]?.int } set { json["capacity"] = newValue.map { JSON($0) } } }
}

public struct NodeRuntimeHandlerFeatures: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var recursiveReadOnlyMounts: Bool? { get { json["recursiveReadOnlyMounts"]?.bool } set { json["recursiveReadOnlyMounts"] = newValue.map { JSON($0) } } }
    public var userNamespaces: Bool? { get { json["userNamespaces"]?.bool } set { json["userNamespaces"] = newValue.map { JSON($0) } } }
}

public struct Namespace: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "", version: "v1", kind: "Namespace")
    public static let resource = GroupResource(group: "", resource: "namespaces")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: NamespaceSpec { get { NamespaceSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: NamespaceStatus { get { NamespaceStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct ConfigMap: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "", version: "v1", kind: "ConfigMap")
    public static let resource = GroupResource(group: "", resource: "configmaps")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var binaryData: [String: String] { get { json["binaryData"]?.stringMap ?? [:] } set { json["binaryData"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var data: [String: String] { get { json["data"]?.stringMap ?? [:] } set { json["data"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var immutable: Bool? { get { json["immutable"]?.bool } set { json["immutable"] = newValue.map { JSON($0) } } }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
}

public struct Secret: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "", version: "v1", kind: "Secret")
    public static let resource = GroupResource(group: "", resource: "secrets")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var data: [String: String] { get { json["data"]?.stringMap ?? [:] } set { json["data"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var immutable: Bool? { get { json["immutable"]?.bool } set { json["immutable"] = newValue.map { JSON($0) } } }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var stringData: [String: String] { get { json["stringData"]?.stringMap ?? [:] } set { json["stringData"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct ServiceAccount: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "", version: "v1", kind: "ServiceAccount")
    public static let resource = GroupResource(group: "", resource: "serviceaccounts")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var automountServiceAccountToken: Bool? { get { json["automountServiceAccountToken"]?.bool } set { json["automountServiceAccountToken"] = newValue.map { JSON($0) } } }
    public var imagePullSecrets: [LocalObjectReference] { get { json.views("imagePullSecrets") } set { json.setViews("imagePullSecrets", newValue) } }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var secrets: [ObjectReference] { get { json.views("secrets") } set { json.setViews("secrets", newValue) } }
}

public struct Event: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "", version: "v1", kind: "Event")
    public static let resource = GroupResource(group: "", resource: "events")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var action: String? { get { json["action"]?.string } set { json["action"] = newValue.map { JSON($0) } } }
    public var count: Int? { get { json["count"]?.int } set { json["count"] = newValue.map { JSON($0) } } }
    public var eventTime: String? { get { json["eventTime"]?.string } set { json["eventTime"] = newValue.map { JSON($0) } } }
    public var firstTimestamp: String? { get { json["firstTimestamp"]?.string } set { json["firstTimestamp"] = newValue.map { JSON($0) } } }
    public var involvedObject: ObjectReference? { get { json["involvedObject"].map { ObjectReference($0) } } set { json["involvedObject"] = newValue?.json } }
    public var lastTimestamp: String? { get { json["lastTimestamp"]?.string } set { json["lastTimestamp"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var related: ObjectReference? { get { json["related"].map { ObjectReference($0) } } set { json["related"] = newValue?.json } }
    public var reportingComponent: String? { get { json["reportingComponent"]?.string } set { json["reportingComponent"] = newValue.map { JSON($0) } } }
    public var reportingInstance: String? { get { json["reportingInstance"]?.string } set { json["reportingInstance"] = newValue.map { JSON($0) } } }
    public var series: EventSeries? { get { json["series"].map { EventSeries($0) } } set { json["series"] = newValue?.json } }
    public var source: EventSource? { get { json["source"].map { EventSource($0) } } set { json["source"] = newValue?.json } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct Binding: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "", version: "v1", kind: "Binding")
    public static let resource = GroupResource(group: "", resource: "bindings")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var target: ObjectReference? { get { json["target"].map { ObjectReference($0) } } set { json["target"] = newValue?.json } }
}

public struct NamespaceSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var finalizers: [String] { get { json["finalizers"]?.strings ?? [] } set { json["finalizers"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct NamespaceStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var conditions: [NamespaceCondition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
    public var phase: String? { get { json["phase"]?.string } set { json["phase"] = newValue.map { JSON($0) } } }
}

public struct ObjectReference: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var apiVersion: String? { get { json["apiVersion"]?.string } set { json["apiVersion"] = newValue.map { JSON($0) } } }
    public var fieldPath: String? { get { json["fieldPath"]?.string } set { json["fieldPath"] = newValue.map { JSON($0) } } }
    public var kind: String? { get { json["kind"]?.string } set { json["kind"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var namespace: String? { get { json["namespace"]?.string } set { json["namespace"] = newValue.map { JSON($0) } } }
    public var resourceVersion: String? { get { json["resourceVersion"]?.string } set { json["resourceVersion"] = newValue.map { JSON($0) } } }
    public var uid: String? { get { json["uid"]?.string } set { json["uid"] = newValue.map { JSON($0) } } }
}

public struct LocalObjectReference: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
}

public struct EventSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var component: String? { get { json["component"]?.string } set { json["component"] = newValue.map { JSON($0) } } }
    public var host: String? { get { json["host"]?.string } set { json["host"] = newValue.map { JSON($0) } } }
}

public struct EventSeries: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var count: Int? { get { json["count"]?.int } set { json["count"] = newValue.map { JSON($0) } } }
    public var lastObservedTime: String? { get { json["lastObservedTime"]?.string } set { json["lastObservedTime"] = newValue.map { JSON($0) } } }
}

public struct NamespaceCondition: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var lastTransitionTime: String? { get { json["lastTransitionTime"]?.string } set { json["lastTransitionTime"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var status: String? { get { json["status"]?.string } set { json["status"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct SecretReference: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var namespace: String? { get { json["namespace"]?.string } set { json["namespace"] = newValue.map { JSON($0) } } }
}

public struct PersistentVolume: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "", version: "v1", kind: "PersistentVolume")
    public static let resource = GroupResource(group: "", resource: "persistentvolumes")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: PersistentVolumeSpec { get { PersistentVolumeSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: PersistentVolumeStatus { get { PersistentVolumeStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct PersistentVolumeClaim: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "", version: "v1", kind: "PersistentVolumeClaim")
    public static let resource = GroupResource(group: "", resource: "persistentvolumeclaims")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: PersistentVolumeClaimSpec { get { PersistentVolumeClaimSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: PersistentVolumeClaimStatus { get { PersistentVolumeClaimStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct PersistentVolumeSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var accessModes: [String] { get { json["accessModes"]?.strings ?? [] } set { json["accessModes"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var awsElasticBlockStore: AWSElasticBlockStoreVolumeSource? { get { json["awsElasticBlockStore"].map { AWSElasticBlockStoreVolumeSource($0) } } set { json["awsElasticBlockStore"] = newValue?.json } }
    public var azureDisk: AzureDiskVolumeSource? { get { json["azureDisk"].map { AzureDiskVolumeSource($0) } } set { json["azureDisk"] = newValue?.json } }
    public var azureFile: AzureFilePersistentVolumeSource? { get { json["azureFile"].map { AzureFilePersistentVolumeSource($0) } } set { json["azureFile"] = newValue?.json } }
    public var capacity: [String: String] { get { json["capacity"]?.stringMap ?? [:] } set { json["capacity"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var cephfs: CephFSPersistentVolumeSource? { get { json["cephfs"].map { CephFSPersistentVolumeSource($0) } } set { json["cephfs"] = newValue?.json } }
    public var cinder: CinderPersistentVolumeSource? { get { json["cinder"].map { CinderPersistentVolumeSource($0) } } set { json["cinder"] = newValue?.json } }
    public var claimRef: ObjectReference? { get { json["claimRef"].map { ObjectReference($0) } } set { json["claimRef"] = newValue?.json } }
    public var csi: CSIPersistentVolumeSource? { get { json["csi"].map { CSIPersistentVolumeSource($0) } } set { json["csi"] = newValue?.json } }
    public var fc: FCVolumeSource? { get { json["fc"].map { FCVolumeSource($0) } } set { json["fc"] = newValue?.json } }
    public var flexVolume: FlexPersistentVolumeSource? { get { json["flexVolume"].map { FlexPersistentVolumeSource($0) } } set { json["flexVolume"] = newValue?.json } }
    public var flocker: FlockerVolumeSource? { get { json["flocker"].map { FlockerVolumeSource($0) } } set { json["flocker"] = newValue?.json } }
    public var gcePersistentDisk: GCEPersistentDiskVolumeSource? { get { json["gcePersistentDisk"].map { GCEPersistentDiskVolumeSource($0) } } set { json["gcePersistentDisk"] = newValue?.json } }
    public var glusterfs: GlusterfsPersistentVolumeSource? { get { json["glusterfs"].map { GlusterfsPersistentVolumeSource($0) } } set { json["glusterfs"] = newValue?.json } }
    public var hostPath: HostPathVolumeSource? { get { json["hostPath"].map { HostPathVolumeSource($0) } } set { json["hostPath"] = newValue?.json } }
    public var iscsi: ISCSIPersistentVolumeSource? { get { json["iscsi"].map { ISCSIPersistentVolumeSource($0) } } set { json["iscsi"] = newValue?.json } }
    public var local: LocalVolumeSource? { get { json["local"].map { LocalVolumeSource($0) } } set { json["local"] = newValue?.json } }
    public var mountOptions: [String] { get { json["mountOptions"]?.strings ?? [] } set { json["mountOptions"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var nfs: NFSVolumeSource? { get { json["nfs"].map { NFSVolumeSource($0) } } set { json["nfs"] = newValue?.json } }
    public var nodeAffinity: VolumeNodeAffinity? { get { json["nodeAffinity"].map { VolumeNodeAffinity($0) } } set { json["nodeAffinity"] = newValue?.json } }
    public var persistentVolumeReclaimPolicy: String? { get { json["persistentVolumeReclaimPolicy"]?.string } set { json["persistentVolumeReclaimPolicy"] = newValue.map { JSON($0) } } }
    public var photonPersistentDisk: PhotonPersistentDiskVolumeSource? { get { json["photonPersistentDisk"].map { PhotonPersistentDiskVolumeSource($0) } } set { json["photonPersistentDisk"] = newValue?.json } }
    public var portworxVolume: PortworxVolumeSource? { get { json["portworxVolume"].map { PortworxVolumeSource($0) } } set { json["portworxVolume"] = newValue?.json } }
    public var quobyte: QuobyteVolumeSource? { get { json["quobyte"].map { QuobyteVolumeSource($0) } } set { json["quobyte"] = newValue?.json } }
    public var rbd: RBDPersistentVolumeSource? { get { json["rbd"].map { RBDPersistentVolumeSource($0) } } set { json["rbd"] = newValue?.json } }
    public var scaleIO: ScaleIOPersistentVolumeSource? { get { json["scaleIO"].map { ScaleIOPersistentVolumeSource($0) } } set { json["scaleIO"] = newValue?.json } }
    public var storageClassName: String? { get { json["storageClassName"]?.string } set { json["storageClassName"] = newValue.map { JSON($0) } } }
    public var storageos: StorageOSPersistentVolumeSource? { get { json["storageos"].map { StorageOSPersistentVolumeSource($0) } } set { json["storageos"] = newValue?.json } }
    public var volumeAttributesClassName: String? { get { json["volumeAttributesClassName"]?.string } set { json["volumeAttributesClassName"] = newValue.map { JSON($0) } } }
    public var volumeMode: String? { get { json["volumeMode"]?.string } set { json["volumeMode"] = newValue.map { JSON($0) } } }
    public var vsphereVolume: VsphereVirtualDiskVolumeSource? { get { json["vsphereVolume"].map { VsphereVirtualDiskVolumeSource($0) } } set { json["vsphereVolume"] = newValue?.json } }
}

public struct PersistentVolumeStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var lastPhaseTransitionTime: String? { get { json["lastPhaseTransitionTime"]?.string } set { json["lastPhaseTransitionTime"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var phase: String? { get { json["phase"]?.string } set { json["phase"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
}

public struct PersistentVolumeClaimSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var accessModes: [String] { get { json["accessModes"]?.strings ?? [] } set { json["accessModes"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var dataSource: TypedLocalObjectReference? { get { json["dataSource"].map { TypedLocalObjectReference($0) } } set { json["dataSource"] = newValue?.json } }
    public var dataSourceRef: TypedObjectReference? { get { json["dataSourceRef"].map { TypedObjectReference($0) } } set { json["dataSourceRef"] = newValue?.json } }
    public var resources: VolumeResourceRequirements? { get { json["resources"].map { VolumeResourceRequirements($0) } } set { json["resources"] = newValue?.json } }
    public var selector: LabelSelector? { get { json["selector"].map { LabelSelector($0) } } set { json["selector"] = newValue?.json } }
    public var storageClassName: String? { get { json["storageClassName"]?.string } set { json["storageClassName"] = newValue.map { JSON($0) } } }
    public var volumeAttributesClassName: String? { get { json["volumeAttributesClassName"]?.string } set { json["volumeAttributesClassName"] = newValue.map { JSON($0) } } }
    public var volumeMode: String? { get { json["volumeMode"]?.string } set { json["volumeMode"] = newValue.map { JSON($0) } } }
    public var volumeName: String? { get { json["volumeName"]?.string } set { json["volumeName"] = newValue.map { JSON($0) } } }
}

public struct PersistentVolumeClaimStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var accessModes: [String] { get { json["accessModes"]?.strings ?? [] } set { json["accessModes"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var allocatedResourceStatuses: [String: String] { get { json["allocatedResourceStatuses"]?.stringMap ?? [:] } set { json["allocatedResourceStatuses"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var allocatedResources: [String: String] { get { json["allocatedResources"]?.stringMap ?? [:] } set { json["allocatedResources"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var capacity: [String: String] { get { json["capacity"]?.stringMap ?? [:] } set { json["capacity"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var conditions: [PersistentVolumeClaimCondition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
    public var currentVolumeAttributesClassName: String? { get { json["currentVolumeAttributesClassName"]?.string } set { json["currentVolumeAttributesClassName"] = newValue.map { JSON($0) } } }
    public var modifyVolumeStatus: ModifyVolumeStatus? { get { json["modifyVolumeStatus"].map { ModifyVolumeStatus($0) } } set { json["modifyVolumeStatus"] = newValue?.json } }
    public var phase: String? { get { json["phase"]?.string } set { json["phase"] = newValue.map { JSON($0) } } }
}

public struct VolumeNodeAffinity: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var required: NodeSelector? { get { json["required"].map { NodeSelector($0) } } set { json["required"] = newValue?.json } }
}

public struct VolumeResourceRequirements: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var limits: [String: String] { get { json["limits"]?.stringMap ?? [:] } set { json["limits"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var requests: [String: String] { get { json["requests"]?.stringMap ?? [:] } set { json["requests"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct TypedLocalObjectReference: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var apiGroup: String? { get { json["apiGroup"]?.string } set { json["apiGroup"] = newValue.map { JSON($0) } } }
    public var kind: String? { get { json["kind"]?.string } set { json["kind"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
}

public struct TypedObjectReference: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var apiGroup: String? { get { json["apiGroup"]?.string } set { json["apiGroup"] = newValue.map { JSON($0) } } }
    public var kind: String? { get { json["kind"]?.string } set { json["kind"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var namespace: String? { get { json["namespace"]?.string } set { json["namespace"] = newValue.map { JSON($0) } } }
}

public struct PersistentVolumeClaimCondition: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var lastProbeTime: String? { get { json["lastProbeTime"]?.string } set { json["lastProbeTime"] = newValue.map { JSON($0) } } }
    public var lastTransitionTime: String? { get { json["lastTransitionTime"]?.string } set { json["lastTransitionTime"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var status: String? { get { json["status"]?.string } set { json["status"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct ModifyVolumeStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var status: String? { get { json["status"]?.string } set { json["status"] = newValue.map { JSON($0) } } }
    public var targetVolumeAttributesClassName: String? { get { json["targetVolumeAttributesClassName"]?.string } set { json["targetVolumeAttributesClassName"] = newValue.map { JSON($0) } } }
}

public struct GlusterfsPersistentVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var endpoints: String? { get { json["endpoints"]?.string } set { json["endpoints"] = newValue.map { JSON($0) } } }
    public var endpointsNamespace: String? { get { json["endpointsNamespace"]?.string } set { json["endpointsNamespace"] = newValue.map { JSON($0) } } }
    public var path: String? { get { json["path"]?.string } set { json["path"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
}

public struct RBDPersistentVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var image: String? { get { json["image"]?.string } set { json["image"] = newValue.map { JSON($0) } } }
    public var keyring: String? { get { json["keyring"]?.string } set { json["keyring"] = newValue.map { JSON($0) } } }
    public var monitors: [String] { get { json["monitors"]?.strings ?? [] } set { json["monitors"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var pool: String? { get { json["pool"]?.string } set { json["pool"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var secretRef: SecretReference? { get { json["secretRef"].map { SecretReference($0) } } set { json["secretRef"] = newValue?.json } }
    public var user: String? { get { json["user"]?.string } set { json["user"] = newValue.map { JSON($0) } } }
}

public struct ISCSIPersistentVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var chapAuthDiscovery: Bool? { get { json["chapAuthDiscovery"]?.bool } set { json["chapAuthDiscovery"] = newValue.map { JSON($0) } } }
    public var chapAuthSession: Bool? { get { json["chapAuthSession"]?.bool } set { json["chapAuthSession"] = newValue.map { JSON($0) } } }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var initiatorName: String? { get { json["initiatorName"]?.string } set { json["initiatorName"] = newValue.map { JSON($0) } } }
    public var iqn: String? { get { json["iqn"]?.string } set { json["iqn"] = newValue.map { JSON($0) } } }
    public var iscsiInterface: String? { get { json["iscsiInterface"]?.string } set { json["iscsiInterface"] = newValue.map { JSON($0) } } }
    public var lun: Int? { get { json["lun"]?.int } set { json["lun"] = newValue.map { JSON($0) } } }
    public var portals: [String] { get { json["portals"]?.strings ?? [] } set { json["portals"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var secretRef: SecretReference? { get { json["secretRef"].map { SecretReference($0) } } set { json["secretRef"] = newValue?.json } }
    public var targetPortal: String? { get { json["targetPortal"]?.string } set { json["targetPortal"] = newValue.map { JSON($0) } } }
}

public struct CinderPersistentVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var secretRef: SecretReference? { get { json["secretRef"].map { SecretReference($0) } } set { json["secretRef"] = newValue?.json } }
    public var volumeID: String? { get { json["volumeID"]?.string } set { json["volumeID"] = newValue.map { JSON($0) } } }
}

public struct CephFSPersistentVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var monitors: [String] { get { json["monitors"]?.strings ?? [] } set { json["monitors"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var path: String? { get { json["path"]?.string } set { json["path"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var secretFile: String? { get { json["secretFile"]?.string } set { json["secretFile"] = newValue.map { JSON($0) } } }
    public var secretRef: SecretReference? { get { json["secretRef"].map { SecretReference($0) } } set { json["secretRef"] = newValue?.json } }
    public var user: String? { get { json["user"]?.string } set { json["user"] = newValue.map { JSON($0) } } }
}

public struct FlexPersistentVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var driver: String? { get { json["driver"]?.string } set { json["driver"] = newValue.map { JSON($0) } } }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var options: [String: String] { get { json["options"]?.stringMap ?? [:] } set { json["options"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var secretRef: SecretReference? { get { json["secretRef"].map { SecretReference($0) } } set { json["secretRef"] = newValue?.json } }
}

public struct AzureFilePersistentVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var secretName: String? { get { json["secretName"]?.string } set { json["secretName"] = newValue.map { JSON($0) } } }
    public var secretNamespace: String? { get { json["secretNamespace"]?.string } set { json["secretNamespace"] = newValue.map { JSON($0) } } }
    public var shareName: String? { get { json["shareName"]?.string } set { json["shareName"] = newValue.map { JSON($0) } } }
}

public struct ScaleIOPersistentVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var gateway: String? { get { json["gateway"]?.string } set { json["gateway"] = newValue.map { JSON($0) } } }
    public var protectionDomain: String? { get { json["protectionDomain"]?.string } set { json["protectionDomain"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var secretRef: SecretReference? { get { json["secretRef"].map { SecretReference($0) } } set { json["secretRef"] = newValue?.json } }
    public var sslEnabled: Bool? { get { json["sslEnabled"]?.bool } set { json["sslEnabled"] = newValue.map { JSON($0) } } }
    public var storageMode: String? { get { json["storageMode"]?.string } set { json["storageMode"] = newValue.map { JSON($0) } } }
    public var storagePool: String? { get { json["storagePool"]?.string } set { json["storagePool"] = newValue.map { JSON($0) } } }
    public var system: String? { get { json["system"]?.string } set { json["system"] = newValue.map { JSON($0) } } }
    public var volumeName: String? { get { json["volumeName"]?.string } set { json["volumeName"] = newValue.map { JSON($0) } } }
}

public struct LocalVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var path: String? { get { json["path"]?.string } set { json["path"] = newValue.map { JSON($0) } } }
}

public struct StorageOSPersistentVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var secretRef: ObjectReference? { get { json["secretRef"].map { ObjectReference($0) } } set { json["secretRef"] = newValue?.json } }
    public var volumeName: String? { get { json["volumeName"]?.string } set { json["volumeName"] = newValue.map { JSON($0) } } }
    public var volumeNamespace: String? { get { json["volumeNamespace"]?.string } set { json["volumeNamespace"] = newValue.map { JSON($0) } } }
}

public struct CSIPersistentVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var controllerExpandSecretRef: SecretReference? { get { json["controllerExpandSecretRef"].map { SecretReference($0) } } set { json["controllerExpandSecretRef"] = newValue?.json } }
    public var controllerPublishSecretRef: SecretReference? { get { json["controllerPublishSecretRef"].map { SecretReference($0) } } set { json["controllerPublishSecretRef"] = newValue?.json } }
    public var driver: String? { get { json["driver"]?.string } set { json["driver"] = newValue.map { JSON($0) } } }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var nodeExpandSecretRef: SecretReference? { get { json["nodeExpandSecretRef"].map { SecretReference($0) } } set { json["nodeExpandSecretRef"] = newValue?.json } }
    public var nodePublishSecretRef: SecretReference? { get { json["nodePublishSecretRef"].map { SecretReference($0) } } set { json["nodePublishSecretRef"] = newValue?.json } }
    public var nodeStageSecretRef: SecretReference? { get { json["nodeStageSecretRef"].map { SecretReference($0) } } set { json["nodeStageSecretRef"] = newValue?.json } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var volumeAttributes: [String: String] { get { json["volumeAttributes"]?.stringMap ?? [:] } set { json["volumeAttributes"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var volumeHandle: String? { get { json["volumeHandle"]?.string } set { json["volumeHandle"] = newValue.map { JSON($0) } } }
}

public struct PersistentVolumeClaimVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var claimName: String? { get { json["claimName"]?.string } set { json["claimName"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
}

public struct PersistentVolumeClaimTemplate: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: PersistentVolumeClaimSpec { get { PersistentVolumeClaimSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
}

public struct Pod: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "", version: "v1", kind: "Pod")
    public static let resource = GroupResource(group: "", resource: "pods")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: PodSpec { get { PodSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: PodStatus { get { PodStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct PodSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var activeDeadlineSeconds: Int? { get { json["activeDeadlineSeconds"]?.int } set { json["activeDeadlineSeconds"] = newValue.map { JSON($0) } } }
    public var affinity: Affinity? { get { json["affinity"].map { Affinity($0) } } set { json["affinity"] = newValue?.json } }
    public var automountServiceAccountToken: Bool? { get { json["automountServiceAccountToken"]?.bool } set { json["automountServiceAccountToken"] = newValue.map { JSON($0) } } }
    public var containers: [Container] { get { json.views("containers") } set { json.setViews("containers", newValue) } }
    public var dnsConfig: PodDNSConfig? { get { json["dnsConfig"].map { PodDNSConfig($0) } } set { json["dnsConfig"] = newValue?.json } }
    public var dnsPolicy: String? { get { json["dnsPolicy"]?.string } set { json["dnsPolicy"] = newValue.map { JSON($0) } } }
    public var enableServiceLinks: Bool? { get { json["enableServiceLinks"]?.bool } set { json["enableServiceLinks"] = newValue.map { JSON($0) } } }
    public var ephemeralContainers: [EphemeralContainer] { get { json.views("ephemeralContainers") } set { json.setViews("ephemeralContainers", newValue) } }
    public var hostAliases: [HostAlias] { get { json.views("hostAliases") } set { json.setViews("hostAliases", newValue) } }
    public var hostIPC: Bool? { get { json["hostIPC"]?.bool } set { json["hostIPC"] = newValue.map { JSON($0) } } }
    public var hostNetwork: Bool? { get { json["hostNetwork"]?.bool } set { json["hostNetwork"] = newValue.map { JSON($0) } } }
    public var hostPID: Bool? { get { json["hostPID"]?.bool } set { json["hostPID"] = newValue.map { JSON($0) } } }
    public var hostUsers: Bool? { get { json["hostUsers"]?.bool } set { json["hostUsers"] = newValue.map { JSON($0) } } }
    public var hostname: String? { get { json["hostname"]?.string } set { json["hostname"] = newValue.map { JSON($0) } } }
    public var hostnameOverride: String? { get { json["hostnameOverride"]?.string } set { json["hostnameOverride"] = newValue.map { JSON($0) } } }
    public var imagePullSecrets: [LocalObjectReference] { get { json.views("imagePullSecrets") } set { json.setViews("imagePullSecrets", newValue) } }
    public var initContainers: [Container] { get { json.views("initContainers") } set { json.setViews("initContainers", newValue) } }
    public var nodeName: String? { get { json["nodeName"]?.string } set { json["nodeName"] = newValue.map { JSON($0) } } }
    public var nodeSelector: [String: String] { get { json["nodeSelector"]?.stringMap ?? [:] } set { json["nodeSelector"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var os: PodOS? { get { json["os"].map { PodOS($0) } } set { json["os"] = newValue?.json } }
    public var overhead: [String: String] { get { json["overhead"]?.stringMap ?? [:] } set { json["overhead"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var preemptionPolicy: String? { get { json["preemptionPolicy"]?.string } set { json["preemptionPolicy"] = newValue.map { JSON($0) } } }
    public var priority: Int? { get { json["priority"]?.int } set { json["priority"] = newValue.map { JSON($0) } } }
    public var priorityClassName: String? { get { json["priorityClassName"]?.string } set { json["priorityClassName"] = newValue.map { JSON($0) } } }
    public var readinessGates: [PodReadinessGate] { get { json.views("readinessGates") } set { json.setViews("readinessGates", newValue) } }
    public var resourceClaims: [PodResourceClaim] { get { json.views("resourceClaims") } set { json.setViews("resourceClaims", newValue) } }
    public var resources: ResourceRequirements? { get { json["resources"].map { ResourceRequirements($0) } } set { json["resources"] = newValue?.json } }
    public var restartPolicy: String? { get { json["restartPolicy"]?.string } set { json["restartPolicy"] = newValue.map { JSON($0) } } }
    public var runtimeClassName: String? { get { json["runtimeClassName"]?.string } set { json["runtimeClassName"] = newValue.map { JSON($0) } } }
    public var schedulerName: String? { get { json["schedulerName"]?.string } set { json["schedulerName"] = newValue.map { JSON($0) } } }
    public var schedulingGates: [PodSchedulingGate] { get { json.views("schedulingGates") } set { json.setViews("schedulingGates", newValue) } }
    public var schedulingGroup: PodSchedulingGroup? { get { json["schedulingGroup"].map { PodSchedulingGroup($0) } } set { json["schedulingGroup"] = newValue?.json } }
    public var securityContext: PodSecurityContext? { get { json["securityContext"].map { PodSecurityContext($0) } } set { json["securityContext"] = newValue?.json } }
    public var serviceAccount: String? { get { json["serviceAccount"]?.string } set { json["serviceAccount"] = newValue.map { JSON($0) } } }
    public var serviceAccountName: String? { get { json["serviceAccountName"]?.string } set { json["serviceAccountName"] = newValue.map { JSON($0) } } }
    public var setHostnameAsFQDN: Bool? { get { json["setHostnameAsFQDN"]?.bool } set { json["setHostnameAsFQDN"] = newValue.map { JSON($0) } } }
    public var shareProcessNamespace: Bool? { get { json["shareProcessNamespace"]?.bool } set { json["shareProcessNamespace"] = newValue.map { JSON($0) } } }
    public var subdomain: String? { get { json["subdomain"]?.string } set { json["subdomain"] = newValue.map { JSON($0) } } }
    public var terminationGracePeriodSeconds: Int? { get { json["terminationGracePeriodSeconds"]?.int } set { json["terminationGracePeriodSeconds"] = newValue.map { JSON($0) } } }
    public var tolerations: [Toleration] { get { json.views("tolerations") } set { json.setViews("tolerations", newValue) } }
    public var topologySpreadConstraints: [TopologySpreadConstraint] { get { json.views("topologySpreadConstraints") } set { json.setViews("topologySpreadConstraints", newValue) } }
    public var volumes: [Volume] { get { json.views("volumes") } set { json.setViews("volumes", newValue) } }
}

public struct PodStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var allocatedResources: [String: String] { get { json["allocatedResources"]?.stringMap ?? [:] } set { json["allocatedResources"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var conditions: [PodCondition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
    public var containerStatuses: [ContainerStatus] { get { json.views("containerStatuses") } set { json.setViews("containerStatuses", newValue) } }
    public var ephemeralContainerStatuses: [ContainerStatus] { get { json.views("ephemeralContainerStatuses") } set { json.setViews("ephemeralContainerStatuses", newValue) } }
    public var extendedResourceClaimStatus: PodExtendedResourceClaimStatus? { get { json["extendedResourceClaimStatus"].map { PodExtendedResourceClaimStatus($0) } } set { json["extendedResourceClaimStatus"] = newValue?.json } }
    public var hostIP: String? { get { json["hostIP"]?.string } set { json["hostIP"] = newValue.map { JSON($0) } } }
    public var hostIPs: [HostIP] { get { json.views("hostIPs") } set { json.setViews("hostIPs", newValue) } }
    public var initContainerStatuses: [ContainerStatus] { get { json.views("initContainerStatuses") } set { json.setViews("initContainerStatuses", newValue) } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var nodeAllocatableResourceClaimStatuses: [NodeAllocatableResourceClaimStatus] { get { json.views("nodeAllocatableResourceClaimStatuses") } set { json.setViews("nodeAllocatableResourceClaimStatuses", newValue) } }
    public var nominatedNodeName: String? { get { json["nominatedNodeName"]?.string } set { json["nominatedNodeName"] = newValue.map { JSON($0) } } }
    public var observedGeneration: Int? { get { json["observedGeneration"]?.int } set { json["observedGeneration"] = newValue.map { JSON($0) } } }
    public var phase: String? { get { json["phase"]?.string } set { json["phase"] = newValue.map { JSON($0) } } }
    public var podIP: String? { get { json["podIP"]?.string } set { json["podIP"] = newValue.map { JSON($0) } } }
    public var podIPs: [PodIP] { get { json.views("podIPs") } set { json.setViews("podIPs", newValue) } }
    public var qosClass: String? { get { json["qosClass"]?.string } set { json["qosClass"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var resize: String? { get { json["resize"]?.string } set { json["resize"] = newValue.map { JSON($0) } } }
    public var resourceClaimStatuses: [PodResourceClaimStatus] { get { json.views("resourceClaimStatuses") } set { json.setViews("resourceClaimStatuses", newValue) } }
    public var resources: ResourceRequirements? { get { json["resources"].map { ResourceRequirements($0) } } set { json["resources"] = newValue?.json } }
    public var startTime: String? { get { json["startTime"]?.string } set { json["startTime"] = newValue.map { JSON($0) } } }
}

public struct TopologySelectorTerm: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var matchLabelExpressions: [TopologySelectorLabelRequirement] { get { json.views("matchLabelExpressions") } set { json.setViews("matchLabelExpressions", newValue) } }
}

public struct PodSecurityContext: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var appArmorProfile: AppArmorProfile? { get { json["appArmorProfile"].map { AppArmorProfile($0) } } set { json["appArmorProfile"] = newValue?.json } }
    public var fsGroup: Int? { get { json["fsGroup"]?.int } set { json["fsGroup"] = newValue.map { JSON($0) } } }
    public var fsGroupChangePolicy: String? { get { json["fsGroupChangePolicy"]?.string } set { json["fsGroupChangePolicy"] = newValue.map { JSON($0) } } }
    public var runAsGroup: Int? { get { json["runAsGroup"]?.int } set { json["runAsGroup"] = newValue.map { JSON($0) } } }
    public var runAsNonRoot: Bool? { get { json["runAsNonRoot"]?.bool } set { json["runAsNonRoot"] = newValue.map { JSON($0) } } }
    public var runAsUser: Int? { get { json["runAsUser"]?.int } set { json["runAsUser"] = newValue.map { JSON($0) } } }
    public var seLinuxChangePolicy: String? { get { json["seLinuxChangePolicy"]?.string } set { json["seLinuxChangePolicy"] = newValue.map { JSON($0) } } }
    public var seLinuxOptions: SELinuxOptions? { get { json["seLinuxOptions"].map { SELinuxOptions($0) } } set { json["seLinuxOptions"] = newValue?.json } }
    public var seccompProfile: SeccompProfile? { get { json["seccompProfile"].map { SeccompProfile($0) } } set { json["seccompProfile"] = newValue?.json } }
    public var supplementalGroups: [JSON] { get { json["supplementalGroups"]?.elements ?? [] } set { json["supplementalGroups"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var supplementalGroupsPolicy: String? { get { json["supplementalGroupsPolicy"]?.string } set { json["supplementalGroupsPolicy"] = newValue.map { JSON($0) } } }
    public var sysctls: [Sysctl] { get { json.views("sysctls") } set { json.setViews("sysctls", newValue) } }
    public var windowsOptions: WindowsSecurityContextOptions? { get { json["windowsOptions"].map { WindowsSecurityContextOptions($0) } } set { json["windowsOptions"] = newValue?.json } }
}

public struct Affinity: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var nodeAffinity: NodeAffinity? { get { json["nodeAffinity"].map { NodeAffinity($0) } } set { json["nodeAffinity"] = newValue?.json } }
    public var podAffinity: PodAffinity? { get { json["podAffinity"].map { PodAffinity($0) } } set { json["podAffinity"] = newValue?.json } }
    public var podAntiAffinity: PodAntiAffinity? { get { json["podAntiAffinity"].map { PodAntiAffinity($0) } } set { json["podAntiAffinity"] = newValue?.json } }
}

public struct Toleration: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var effect: String? { get { json["effect"]?.string } set { json["effect"] = newValue.map { JSON($0) } } }
    public var key: String? { get { json["key"]?.string } set { json["key"] = newValue.map { JSON($0) } } }
    public var `operator`: String? { get { json["operator"]?.string } set { json["operator"] = newValue.map { JSON($0) } } }
    public var tolerationSeconds: Int? { get { json["tolerationSeconds"]?.int } set { json["tolerationSeconds"] = newValue.map { JSON($0) } } }
    public var value: String? { get { json["value"]?.string } set { json["value"] = newValue.map { JSON($0) } } }
}

public struct HostAlias: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var hostnames: [String] { get { json["hostnames"]?.strings ?? [] } set { json["hostnames"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var ip: String? { get { json["ip"]?.string } set { json["ip"] = newValue.map { JSON($0) } } }
}

public struct PodDNSConfig: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var nameservers: [String] { get { json["nameservers"]?.strings ?? [] } set { json["nameservers"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var options: [PodDNSConfigOption] { get { json.views("options") } set { json.setViews("options", newValue) } }
    public var searches: [String] { get { json["searches"]?.strings ?? [] } set { json["searches"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct PodReadinessGate: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var conditionType: String? { get { json["conditionType"]?.string } set { json["conditionType"] = newValue.map { JSON($0) } } }
}

public struct TopologySpreadConstraint: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var labelSelector: LabelSelector? { get { json["labelSelector"].map { LabelSelector($0) } } set { json["labelSelector"] = newValue?.json } }
    public var matchLabelKeys: [String] { get { json["matchLabelKeys"]?.strings ?? [] } set { json["matchLabelKeys"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var maxSkew: Int? { get { json["maxSkew"]?.int } set { json["maxSkew"] = newValue.map { JSON($0) } } }
    public var minDomains: Int? { get { json["minDomains"]?.int } set { json["minDomains"] = newValue.map { JSON($0) } } }
    public var nodeAffinityPolicy: String? { get { json["nodeAffinityPolicy"]?.string } set { json["nodeAffinityPolicy"] = newValue.map { JSON($0) } } }
    public var nodeTaintsPolicy: String? { get { json["nodeTaintsPolicy"]?.string } set { json["nodeTaintsPolicy"] = newValue.map { JSON($0) } } }
    public var topologyKey: String? { get { json["topologyKey"]?.string } set { json["topologyKey"] = newValue.map { JSON($0) } } }
    public var whenUnsatisfiable: String? { get { json["whenUnsatisfiable"]?.string } set { json["whenUnsatisfiable"] = newValue.map { JSON($0) } } }
}

public struct PodOS: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
}

public struct PodSchedulingGate: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
}

public struct PodResourceClaim: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var resourceClaimName: String? { get { json["resourceClaimName"]?.string } set { json["resourceClaimName"] = newValue.map { JSON($0) } } }
    public var resourceClaimTemplateName: String? { get { json["resourceClaimTemplateName"]?.string } set { json["resourceClaimTemplateName"] = newValue.map { JSON($0) } } }
}

public struct PodSchedulingGroup: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var podGroupName: String? { get { json["podGroupName"]?.string } set { json["podGroupName"] = newValue.map { JSON($0) } } }
}

public struct PodCondition: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var lastProbeTime: String? { get { json["lastProbeTime"]?.string } set { json["lastProbeTime"] = newValue.map { JSON($0) } } }
    public var lastTransitionTime: String? { get { json["lastTransitionTime"]?.string } set { json["lastTransitionTime"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var observedGeneration: Int? { get { json["observedGeneration"]?.int } set { json["observedGeneration"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var status: String? { get { json["status"]?.string } set { json["status"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct HostIP: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var ip: String? { get { json["ip"]?.string } set { json["ip"] = newValue.map { JSON($0) } } }
}

public struct PodIP: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var ip: String? { get { json["ip"]?.string } set { json["ip"] = newValue.map { JSON($0) } } }
}

public struct PodResourceClaimStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var resourceClaimName: String? { get { json["resourceClaimName"]?.string } set { json["resourceClaimName"] = newValue.map { JSON($0) } } }
}

public struct PodExtendedResourceClaimStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var requestMappings: [ContainerExtendedResourceRequest] { get { json.views("requestMappings") } set { json.setViews("requestMappings", newValue) } }
    public var resourceClaimName: String? { get { json["resourceClaimName"]?.string } set { json["resourceClaimName"] = newValue.map { JSON($0) } } }
}

public struct NodeAllocatableResourceClaimStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var containers: [String] { get { json["containers"]?.strings ?? [] } set { json["containers"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var resourceClaimName: String? { get { json["resourceClaimName"]?.string } set { json["resourceClaimName"] = newValue.map { JSON($0) } } }
    public var resources: [String: String] { get { json["resources"]?.stringMap ?? [:] } set { json["resources"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct TopologySelectorLabelRequirement: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var key: String? { get { json["key"]?.string } set { json["key"] = newValue.map { JSON($0) } } }
    public var values: [String] { get { json["values"]?.strings ?? [] } set { json["values"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct PodTemplateSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: PodSpec { get { PodSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
}

public struct Sysctl: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var value: String? { get { json["value"]?.string } set { json["value"] = newValue.map { JSON($0) } } }
}

public struct NodeAffinity: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var preferredDuringSchedulingIgnoredDuringExecution: [PreferredSchedulingTerm] { get { json.views("preferredDuringSchedulingIgnoredDuringExecution") } set { json.setViews("preferredDuringSchedulingIgnoredDuringExecution", newValue) } }
    public var requiredDuringSchedulingIgnoredDuringExecution: NodeSelector? { get { json["requiredDuringSchedulingIgnoredDuringExecution"].map { NodeSelector($0) } } set { json["requiredDuringSchedulingIgnoredDuringExecution"] = newValue?.json } }
}

public struct PodAffinity: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var preferredDuringSchedulingIgnoredDuringExecution: [WeightedPodAffinityTerm] { get { json.views("preferredDuringSchedulingIgnoredDuringExecution") } set { json.setViews("preferredDuringSchedulingIgnoredDuringExecution", newValue) } }
    public var requiredDuringSchedulingIgnoredDuringExecution: [PodAffinityTerm] { get { json.views("requiredDuringSchedulingIgnoredDuringExecution") } set { json.setViews("requiredDuringSchedulingIgnoredDuringExecution", newValue) } }
}

public struct PodAntiAffinity: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var preferredDuringSchedulingIgnoredDuringExecution: [WeightedPodAffinityTerm] { get { json.views("preferredDuringSchedulingIgnoredDuringExecution") } set { json.setViews("preferredDuringSchedulingIgnoredDuringExecution", newValue) } }
    public var requiredDuringSchedulingIgnoredDuringExecution: [PodAffinityTerm] { get { json.views("requiredDuringSchedulingIgnoredDuringExecution") } set { json.setViews("requiredDuringSchedulingIgnoredDuringExecution", newValue) } }
}

public struct PodDNSConfigOption: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var value: String? { get { json["value"]?.string } set { json["value"] = newValue.map { JSON($0) } } }
}

public struct NodeSelector: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var nodeSelectorTerms: [NodeSelectorTerm] { get { json.views("nodeSelectorTerms") } set { json.setViews("nodeSelectorTerms", newValue) } }
}

public struct PreferredSchedulingTerm: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var preference: NodeSelectorTerm? { get { json["preference"].map { NodeSelectorTerm($0) } } set { json["preference"] = newValue?.json } }
    public var weight: Int? { get { json["weight"]?.int } set { json["weight"] = newValue.map { JSON($0) } } }
}

public struct PodAffinityTerm: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var labelSelector: LabelSelector? { get { json["labelSelector"].map { LabelSelector($0) } } set { json["labelSelector"] = newValue?.json } }
    public var matchLabelKeys: [String] { get { json["matchLabelKeys"]?.strings ?? [] } set { json["matchLabelKeys"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var mismatchLabelKeys: [String] { get { json["mismatchLabelKeys"]?.strings ?? [] } set { json["mismatchLabelKeys"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var namespaceSelector: LabelSelector? { get { json["namespaceSelector"].map { LabelSelector($0) } } set { json["namespaceSelector"] = newValue?.json } }
    public var namespaces: [String] { get { json["namespaces"]?.strings ?? [] } set { json["namespaces"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var topologyKey: String? { get { json["topologyKey"]?.string } set { json["topologyKey"] = newValue.map { JSON($0) } } }
}

public struct WeightedPodAffinityTerm: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var podAffinityTerm: PodAffinityTerm? { get { json["podAffinityTerm"].map { PodAffinityTerm($0) } } set { json["podAffinityTerm"] = newValue?.json } }
    public var weight: Int? { get { json["weight"]?.int } set { json["weight"] = newValue.map { JSON($0) } } }
}

public struct VolumeStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var image: ImageVolumeStatus? { get { json["image"].map { ImageVolumeStatus($0) } } set { json["image"] = newValue?.json } }
}

public struct NodeSelectorTerm: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var matchExpressions: [NodeSelectorRequirement] { get { json.views("matchExpressions") } set { json.setViews("matchExpressions", newValue) } }
    public var matchFields: [NodeSelectorRequirement] { get { json.views("matchFields") } set { json.setViews("matchFields", newValue) } }
}

public struct ImageVolumeStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var imageRef: String? { get { json["imageRef"]?.string } set { json["imageRef"] = newValue.map { JSON($0) } } }
}

public struct NodeSelectorRequirement: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var key: String? { get { json["key"]?.string } set { json["key"] = newValue.map { JSON($0) } } }
    public var `operator`: String? { get { json["operator"]?.string } set { json["operator"] = newValue.map { JSON($0) } } }
    public var values: [String] { get { json["values"]?.strings ?? [] } set { json["values"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct LimitRange: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "", version: "v1", kind: "LimitRange")
    public static let resource = GroupResource(group: "", resource: "limitranges")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: LimitRangeSpec { get { LimitRangeSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
}

public struct ResourceQuota: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "", version: "v1", kind: "ResourceQuota")
    public static let resource = GroupResource(group: "", resource: "resourcequotas")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: ResourceQuotaSpec { get { ResourceQuotaSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: ResourceQuotaStatus { get { ResourceQuotaStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct LimitRangeSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var limits: [LimitRangeItem] { get { json.views("limits") } set { json.setViews("limits", newValue) } }
}

public struct ResourceQuotaSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var hard: [String: String] { get { json["hard"]?.stringMap ?? [:] } set { json["hard"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var scopeSelector: ScopeSelector? { get { json["scopeSelector"].map { ScopeSelector($0) } } set { json["scopeSelector"] = newValue?.json } }
    public var scopes: [String] { get { json["scopes"]?.strings ?? [] } set { json["scopes"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct ResourceQuotaStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var hard: [String: String] { get { json["hard"]?.stringMap ?? [:] } set { json["hard"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var used: [String: String] { get { json["used"]?.stringMap ?? [:] } set { json["used"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct LimitRangeItem: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var `default`: [String: String] { get { json["default"]?.stringMap ?? [:] } set { json["default"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var defaultRequest: [String: String] { get { json["defaultRequest"]?.stringMap ?? [:] } set { json["defaultRequest"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var max: [String: String] { get { json["max"]?.stringMap ?? [:] } set { json["max"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var maxLimitRequestRatio: [String: String] { get { json["maxLimitRequestRatio"]?.stringMap ?? [:] } set { json["maxLimitRequestRatio"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var min: [String: String] { get { json["min"]?.stringMap ?? [:] } set { json["min"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct ScopeSelector: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var matchExpressions: [ScopedResourceSelectorRequirement] { get { json.views("matchExpressions") } set { json.setViews("matchExpressions", newValue) } }
}

public struct ScopedResourceSelectorRequirement: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var `operator`: String? { get { json["operator"]?.string } set { json["operator"] = newValue.map { JSON($0) } } }
    public var scopeName: String? { get { json["scopeName"]?.string } set { json["scopeName"] = newValue.map { JSON($0) } } }
    public var values: [String] { get { json["values"]?.strings ?? [] } set { json["values"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct Service: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "", version: "v1", kind: "Service")
    public static let resource = GroupResource(group: "", resource: "services")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: ServiceSpec { get { ServiceSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: ServiceStatus { get { ServiceStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct Endpoints: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "", version: "v1", kind: "Endpoints")
    public static let resource = GroupResource(group: "", resource: "endpoints")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var subsets: [EndpointSubset] { get { json.views("subsets") } set { json.setViews("subsets", newValue) } }
}

public struct ServiceSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var allocateLoadBalancerNodePorts: Bool? { get { json["allocateLoadBalancerNodePorts"]?.bool } set { json["allocateLoadBalancerNodePorts"] = newValue.map { JSON($0) } } }
    public var clusterIP: String? { get { json["clusterIP"]?.string } set { json["clusterIP"] = newValue.map { JSON($0) } } }
    public var clusterIPs: [String] { get { json["clusterIPs"]?.strings ?? [] } set { json["clusterIPs"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var externalIPs: [String] { get { json["externalIPs"]?.strings ?? [] } set { json["externalIPs"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var externalName: String? { get { json["externalName"]?.string } set { json["externalName"] = newValue.map { JSON($0) } } }
    public var externalTrafficPolicy: String? { get { json["externalTrafficPolicy"]?.string } set { json["externalTrafficPolicy"] = newValue.map { JSON($0) } } }
    public var healthCheckNodePort: Int? { get { json["healthCheckNodePort"]?.int } set { json["healthCheckNodePort"] = newValue.map { JSON($0) } } }
    public var internalTrafficPolicy: String? { get { json["internalTrafficPolicy"]?.string } set { json["internalTrafficPolicy"] = newValue.map { JSON($0) } } }
    public var ipFamilies: [String] { get { json["ipFamilies"]?.strings ?? [] } set { json["ipFamilies"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var ipFamilyPolicy: String? { get { json["ipFamilyPolicy"]?.string } set { json["ipFamilyPolicy"] = newValue.map { JSON($0) } } }
    public var loadBalancerClass: String? { get { json["loadBalancerClass"]?.string } set { json["loadBalancerClass"] = newValue.map { JSON($0) } } }
    public var loadBalancerIP: String? { get { json["loadBalancerIP"]?.string } set { json["loadBalancerIP"] = newValue.map { JSON($0) } } }
    public var loadBalancerSourceRanges: [String] { get { json["loadBalancerSourceRanges"]?.strings ?? [] } set { json["loadBalancerSourceRanges"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var ports: [ServicePort] { get { json.views("ports") } set { json.setViews("ports", newValue) } }
    public var publishNotReadyAddresses: Bool? { get { json["publishNotReadyAddresses"]?.bool } set { json["publishNotReadyAddresses"] = newValue.map { JSON($0) } } }
    public var selector: [String: String] { get { json["selector"]?.stringMap ?? [:] } set { json["selector"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var sessionAffinity: String? { get { json["sessionAffinity"]?.string } set { json["sessionAffinity"] = newValue.map { JSON($0) } } }
    public var sessionAffinityConfig: SessionAffinityConfig? { get { json["sessionAffinityConfig"].map { SessionAffinityConfig($0) } } set { json["sessionAffinityConfig"] = newValue?.json } }
    public var trafficDistribution: String? { get { json["trafficDistribution"]?.string } set { json["trafficDistribution"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct ServiceStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var conditions: [Condition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
    public var loadBalancer: LoadBalancerStatus? { get { json["loadBalancer"].map { LoadBalancerStatus($0) } } set { json["loadBalancer"] = newValue?.json } }
}

public struct EndpointSubset: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var addresses: [EndpointAddress] { get { json.views("addresses") } set { json.setViews("addresses", newValue) } }
    public var notReadyAddresses: [EndpointAddress] { get { json.views("notReadyAddresses") } set { json.setViews("notReadyAddresses", newValue) } }
    public var ports: [EndpointPort] { get { json.views("ports") } set { json.setViews("ports", newValue) } }
}

public struct ServicePort: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var appProtocol: String? { get { json["appProtocol"]?.string } set { json["appProtocol"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var nodePort: Int? { get { json["nodePort"]?.int } set { json["nodePort"] = newValue.map { JSON($0) } } }
    public var port: Int? { get { json["port"]?.int } set { json["port"] = newValue.map { JSON($0) } } }
    public var `protocol`: String? { get { json["protocol"]?.string } set { json["protocol"] = newValue.map { JSON($0) } } }
    public var targetPort: JSON? { get { json["targetPort"] } set { json["targetPort"] = newValue } }
}

public struct SessionAffinityConfig: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var clientIP: ClientIPConfig? { get { json["clientIP"].map { ClientIPConfig($0) } } set { json["clientIP"] = newValue?.json } }
}

public struct LoadBalancerStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var ingress: [LoadBalancerIngress] { get { json.views("ingress") } set { json.setViews("ingress", newValue) } }
}

public struct EndpointAddress: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var hostname: String? { get { json["hostname"]?.string } set { json["hostname"] = newValue.map { JSON($0) } } }
    public var ip: String? { get { json["ip"]?.string } set { json["ip"] = newValue.map { JSON($0) } } }
    public var nodeName: String? { get { json["nodeName"]?.string } set { json["nodeName"] = newValue.map { JSON($0) } } }
    public var targetRef: ObjectReference? { get { json["targetRef"].map { ObjectReference($0) } } set { json["targetRef"] = newValue?.json } }
}

public struct EndpointPort: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var appProtocol: String? { get { json["appProtocol"]?.string } set { json["appProtocol"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var port: Int? { get { json["port"]?.int } set { json["port"] = newValue.map { JSON($0) } } }
    public var `protocol`: String? { get { json["protocol"]?.string } set { json["protocol"] = newValue.map { JSON($0) } } }
}

public struct ClientIPConfig: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var timeoutSeconds: Int? { get { json["timeoutSeconds"]?.int } set { json["timeoutSeconds"] = newValue.map { JSON($0) } } }
}

public struct LoadBalancerIngress: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var hostname: String? { get { json["hostname"]?.string } set { json["hostname"] = newValue.map { JSON($0) } } }
    public var ip: String? { get { json["ip"]?.string } set { json["ip"] = newValue.map { JSON($0) } } }
    public var ipMode: String? { get { json["ipMode"]?.string } set { json["ipMode"] = newValue.map { JSON($0) } } }
    public var ports: [PortStatus] { get { json.views("ports") } set { json.setViews("ports", newValue) } }
}

public struct PortStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var error: String? { get { json["error"]?.string } set { json["error"] = newValue.map { JSON($0) } } }
    public var port: Int? { get { json["port"]?.int } set { json["port"] = newValue.map { JSON($0) } } }
    public var `protocol`: String? { get { json["protocol"]?.string } set { json["protocol"] = newValue.map { JSON($0) } } }
}

public struct Volume: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var awsElasticBlockStore: AWSElasticBlockStoreVolumeSource? { get { json["awsElasticBlockStore"].map { AWSElasticBlockStoreVolumeSource($0) } } set { json["awsElasticBlockStore"] = newValue?.json } }
    public var azureDisk: AzureDiskVolumeSource? { get { json["azureDisk"].map { AzureDiskVolumeSource($0) } } set { json["azureDisk"] = newValue?.json } }
    public var azureFile: AzureFileVolumeSource? { get { json["azureFile"].map { AzureFileVolumeSource($0) } } set { json["azureFile"] = newValue?.json } }
    public var cephfs: CephFSVolumeSource? { get { json["cephfs"].map { CephFSVolumeSource($0) } } set { json["cephfs"] = newValue?.json } }
    public var cinder: CinderVolumeSource? { get { json["cinder"].map { CinderVolumeSource($0) } } set { json["cinder"] = newValue?.json } }
    public var configMap: ConfigMapVolumeSource? { get { json["configMap"].map { ConfigMapVolumeSource($0) } } set { json["configMap"] = newValue?.json } }
    public var csi: CSIVolumeSource? { get { json["csi"].map { CSIVolumeSource($0) } } set { json["csi"] = newValue?.json } }
    public var downwardAPI: DownwardAPIVolumeSource? { get { json["downwardAPI"].map { DownwardAPIVolumeSource($0) } } set { json["downwardAPI"] = newValue?.json } }
    public var emptyDir: EmptyDirVolumeSource? { get { json["emptyDir"].map { EmptyDirVolumeSource($0) } } set { json["emptyDir"] = newValue?.json } }
    public var ephemeral: EphemeralVolumeSource? { get { json["ephemeral"].map { EphemeralVolumeSource($0) } } set { json["ephemeral"] = newValue?.json } }
    public var fc: FCVolumeSource? { get { json["fc"].map { FCVolumeSource($0) } } set { json["fc"] = newValue?.json } }
    public var flexVolume: FlexVolumeSource? { get { json["flexVolume"].map { FlexVolumeSource($0) } } set { json["flexVolume"] = newValue?.json } }
    public var flocker: FlockerVolumeSource? { get { json["flocker"].map { FlockerVolumeSource($0) } } set { json["flocker"] = newValue?.json } }
    public var gcePersistentDisk: GCEPersistentDiskVolumeSource? { get { json["gcePersistentDisk"].map { GCEPersistentDiskVolumeSource($0) } } set { json["gcePersistentDisk"] = newValue?.json } }
    public var gitRepo: GitRepoVolumeSource? { get { json["gitRepo"].map { GitRepoVolumeSource($0) } } set { json["gitRepo"] = newValue?.json } }
    public var glusterfs: GlusterfsVolumeSource? { get { json["glusterfs"].map { GlusterfsVolumeSource($0) } } set { json["glusterfs"] = newValue?.json } }
    public var hostPath: HostPathVolumeSource? { get { json["hostPath"].map { HostPathVolumeSource($0) } } set { json["hostPath"] = newValue?.json } }
    public var image: ImageVolumeSource? { get { json["image"].map { ImageVolumeSource($0) } } set { json["image"] = newValue?.json } }
    public var iscsi: ISCSIVolumeSource? { get { json["iscsi"].map { ISCSIVolumeSource($0) } } set { json["iscsi"] = newValue?.json } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var nfs: NFSVolumeSource? { get { json["nfs"].map { NFSVolumeSource($0) } } set { json["nfs"] = newValue?.json } }
    public var persistentVolumeClaim: PersistentVolumeClaimVolumeSource? { get { json["persistentVolumeClaim"].map { PersistentVolumeClaimVolumeSource($0) } } set { json["persistentVolumeClaim"] = newValue?.json } }
    public var photonPersistentDisk: PhotonPersistentDiskVolumeSource? { get { json["photonPersistentDisk"].map { PhotonPersistentDiskVolumeSource($0) } } set { json["photonPersistentDisk"] = newValue?.json } }
    public var portworxVolume: PortworxVolumeSource? { get { json["portworxVolume"].map { PortworxVolumeSource($0) } } set { json["portworxVolume"] = newValue?.json } }
    public var projected: ProjectedVolumeSource? { get { json["projected"].map { ProjectedVolumeSource($0) } } set { json["projected"] = newValue?.json } }
    public var quobyte: QuobyteVolumeSource? { get { json["quobyte"].map { QuobyteVolumeSource($0) } } set { json["quobyte"] = newValue?.json } }
    public var rbd: RBDVolumeSource? { get { json["rbd"].map { RBDVolumeSource($0) } } set { json["rbd"] = newValue?.json } }
    public var scaleIO: ScaleIOVolumeSource? { get { json["scaleIO"].map { ScaleIOVolumeSource($0) } } set { json["scaleIO"] = newValue?.json } }
    public var secret: SecretVolumeSource? { get { json["secret"].map { SecretVolumeSource($0) } } set { json["secret"] = newValue?.json } }
    public var storageos: StorageOSVolumeSource? { get { json["storageos"].map { StorageOSVolumeSource($0) } } set { json["storageos"] = newValue?.json } }
    public var vsphereVolume: VsphereVirtualDiskVolumeSource? { get { json["vsphereVolume"].map { VsphereVirtualDiskVolumeSource($0) } } set { json["vsphereVolume"] = newValue?.json } }
}

public struct GCEPersistentDiskVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var partition: Int? { get { json["partition"]?.int } set { json["partition"] = newValue.map { JSON($0) } } }
    public var pdName: String? { get { json["pdName"]?.string } set { json["pdName"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
}

public struct AWSElasticBlockStoreVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var partition: Int? { get { json["partition"]?.int } set { json["partition"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var volumeID: String? { get { json["volumeID"]?.string } set { json["volumeID"] = newValue.map { JSON($0) } } }
}

public struct HostPathVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var path: String? { get { json["path"]?.string } set { json["path"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct NFSVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var path: String? { get { json["path"]?.string } set { json["path"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var server: String? { get { json["server"]?.string } set { json["server"] = newValue.map { JSON($0) } } }
}

public struct FCVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var lun: Int? { get { json["lun"]?.int } set { json["lun"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var targetWWNs: [String] { get { json["targetWWNs"]?.strings ?? [] } set { json["targetWWNs"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var wwids: [String] { get { json["wwids"]?.strings ?? [] } set { json["wwids"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct FlockerVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var datasetName: String? { get { json["datasetName"]?.string } set { json["datasetName"] = newValue.map { JSON($0) } } }
    public var datasetUUID: String? { get { json["datasetUUID"]?.string } set { json["datasetUUID"] = newValue.map { JSON($0) } } }
}

public struct VsphereVirtualDiskVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var storagePolicyID: String? { get { json["storagePolicyID"]?.string } set { json["storagePolicyID"] = newValue.map { JSON($0) } } }
    public var storagePolicyName: String? { get { json["storagePolicyName"]?.string } set { json["storagePolicyName"] = newValue.map { JSON($0) } } }
    public var volumePath: String? { get { json["volumePath"]?.string } set { json["volumePath"] = newValue.map { JSON($0) } } }
}

public struct QuobyteVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var group: String? { get { json["group"]?.string } set { json["group"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var registry: String? { get { json["registry"]?.string } set { json["registry"] = newValue.map { JSON($0) } } }
    public var tenant: String? { get { json["tenant"]?.string } set { json["tenant"] = newValue.map { JSON($0) } } }
    public var user: String? { get { json["user"]?.string } set { json["user"] = newValue.map { JSON($0) } } }
    public var volume: String? { get { json["volume"]?.string } set { json["volume"] = newValue.map { JSON($0) } } }
}

public struct AzureDiskVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var cachingMode: String? { get { json["cachingMode"]?.string } set { json["cachingMode"] = newValue.map { JSON($0) } } }
    public var diskName: String? { get { json["diskName"]?.string } set { json["diskName"] = newValue.map { JSON($0) } } }
    public var diskURI: String? { get { json["diskURI"]?.string } set { json["diskURI"] = newValue.map { JSON($0) } } }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var kind: String? { get { json["kind"]?.string } set { json["kind"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
}

public struct PhotonPersistentDiskVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var pdID: String? { get { json["pdID"]?.string } set { json["pdID"] = newValue.map { JSON($0) } } }
}

public struct PortworxVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var volumeID: String? { get { json["volumeID"]?.string } set { json["volumeID"] = newValue.map { JSON($0) } } }
}

public struct EmptyDirVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var medium: String? { get { json["medium"]?.string } set { json["medium"] = newValue.map { JSON($0) } } }
    public var sizeLimit: String? { get { json["sizeLimit"]?.string ?? json["sizeLimit"]?.number } set { json["sizeLimit"] = newValue.map { JSON($0) } } }
}

public struct GitRepoVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var directory: String? { get { json["directory"]?.string } set { json["directory"] = newValue.map { JSON($0) } } }
    public var repository: String? { get { json["repository"]?.string } set { json["repository"] = newValue.map { JSON($0) } } }
    public var revision: String? { get { json["revision"]?.string } set { json["revision"] = newValue.map { JSON($0) } } }
}

public struct SecretVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var defaultMode: Int? { get { json["defaultMode"]?.int } set { json["defaultMode"] = newValue.map { JSON($0) } } }
    public var items: [KeyToPath] { get { json.views("items") } set { json.setViews("items", newValue) } }
    public var optional: Bool? { get { json["optional"]?.bool } set { json["optional"] = newValue.map { JSON($0) } } }
    public var secretName: String? { get { json["secretName"]?.string } set { json["secretName"] = newValue.map { JSON($0) } } }
}

public struct ISCSIVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var chapAuthDiscovery: Bool? { get { json["chapAuthDiscovery"]?.bool } set { json["chapAuthDiscovery"] = newValue.map { JSON($0) } } }
    public var chapAuthSession: Bool? { get { json["chapAuthSession"]?.bool } set { json["chapAuthSession"] = newValue.map { JSON($0) } } }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var initiatorName: String? { get { json["initiatorName"]?.string } set { json["initiatorName"] = newValue.map { JSON($0) } } }
    public var iqn: String? { get { json["iqn"]?.string } set { json["iqn"] = newValue.map { JSON($0) } } }
    public var iscsiInterface: String? { get { json["iscsiInterface"]?.string } set { json["iscsiInterface"] = newValue.map { JSON($0) } } }
    public var lun: Int? { get { json["lun"]?.int } set { json["lun"] = newValue.map { JSON($0) } } }
    public var portals: [String] { get { json["portals"]?.strings ?? [] } set { json["portals"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var secretRef: LocalObjectReference? { get { json["secretRef"].map { LocalObjectReference($0) } } set { json["secretRef"] = newValue?.json } }
    public var targetPortal: String? { get { json["targetPortal"]?.string } set { json["targetPortal"] = newValue.map { JSON($0) } } }
}

public struct GlusterfsVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var endpoints: String? { get { json["endpoints"]?.string } set { json["endpoints"] = newValue.map { JSON($0) } } }
    public var path: String? { get { json["path"]?.string } set { json["path"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
}

public struct RBDVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var image: String? { get { json["image"]?.string } set { json["image"] = newValue.map { JSON($0) } } }
    public var keyring: String? { get { json["keyring"]?.string } set { json["keyring"] = newValue.map { JSON($0) } } }
    public var monitors: [String] { get { json["monitors"]?.strings ?? [] } set { json["monitors"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var pool: String? { get { json["pool"]?.string } set { json["pool"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var secretRef: LocalObjectReference? { get { json["secretRef"].map { LocalObjectReference($0) } } set { json["secretRef"] = newValue?.json } }
    public var user: String? { get { json["user"]?.string } set { json["user"] = newValue.map { JSON($0) } } }
}

public struct FlexVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var driver: String? { get { json["driver"]?.string } set { json["driver"] = newValue.map { JSON($0) } } }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var options: [String: String] { get { json["options"]?.stringMap ?? [:] } set { json["options"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var secretRef: LocalObjectReference? { get { json["secretRef"].map { LocalObjectReference($0) } } set { json["secretRef"] = newValue?.json } }
}

public struct CinderVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var secretRef: LocalObjectReference? { get { json["secretRef"].map { LocalObjectReference($0) } } set { json["secretRef"] = newValue?.json } }
    public var volumeID: String? { get { json["volumeID"]?.string } set { json["volumeID"] = newValue.map { JSON($0) } } }
}

public struct CephFSVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var monitors: [String] { get { json["monitors"]?.strings ?? [] } set { json["monitors"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var path: String? { get { json["path"]?.string } set { json["path"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var secretFile: String? { get { json["secretFile"]?.string } set { json["secretFile"] = newValue.map { JSON($0) } } }
    public var secretRef: LocalObjectReference? { get { json["secretRef"].map { LocalObjectReference($0) } } set { json["secretRef"] = newValue?.json } }
    public var user: String? { get { json["user"]?.string } set { json["user"] = newValue.map { JSON($0) } } }
}

public struct DownwardAPIVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var defaultMode: Int? { get { json["defaultMode"]?.int } set { json["defaultMode"] = newValue.map { JSON($0) } } }
    public var items: [DownwardAPIVolumeFile] { get { json.views("items") } set { json.setViews("items", newValue) } }
}

public struct AzureFileVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var secretName: String? { get { json["secretName"]?.string } set { json["secretName"] = newValue.map { JSON($0) } } }
    public var shareName: String? { get { json["shareName"]?.string } set { json["shareName"] = newValue.map { JSON($0) } } }
}

public struct ConfigMapVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var defaultMode: Int? { get { json["defaultMode"]?.int } set { json["defaultMode"] = newValue.map { JSON($0) } } }
    public var items: [KeyToPath] { get { json.views("items") } set { json.setViews("items", newValue) } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var optional: Bool? { get { json["optional"]?.bool } set { json["optional"] = newValue.map { JSON($0) } } }
}

public struct ProjectedVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var defaultMode: Int? { get { json["defaultMode"]?.int } set { json["defaultMode"] = newValue.map { JSON($0) } } }
    public var sources: [VolumeProjection] { get { json.views("sources") } set { json.setViews("sources", newValue) } }
}

public struct ScaleIOVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var gateway: String? { get { json["gateway"]?.string } set { json["gateway"] = newValue.map { JSON($0) } } }
    public var protectionDomain: String? { get { json["protectionDomain"]?.string } set { json["protectionDomain"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var secretRef: LocalObjectReference? { get { json["secretRef"].map { LocalObjectReference($0) } } set { json["secretRef"] = newValue?.json } }
    public var sslEnabled: Bool? { get { json["sslEnabled"]?.bool } set { json["sslEnabled"] = newValue.map { JSON($0) } } }
    public var storageMode: String? { get { json["storageMode"]?.string } set { json["storageMode"] = newValue.map { JSON($0) } } }
    public var storagePool: String? { get { json["storagePool"]?.string } set { json["storagePool"] = newValue.map { JSON($0) } } }
    public var system: String? { get { json["system"]?.string } set { json["system"] = newValue.map { JSON($0) } } }
    public var volumeName: String? { get { json["volumeName"]?.string } set { json["volumeName"] = newValue.map { JSON($0) } } }
}

public struct StorageOSVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var secretRef: LocalObjectReference? { get { json["secretRef"].map { LocalObjectReference($0) } } set { json["secretRef"] = newValue?.json } }
    public var volumeName: String? { get { json["volumeName"]?.string } set { json["volumeName"] = newValue.map { JSON($0) } } }
    public var volumeNamespace: String? { get { json["volumeNamespace"]?.string } set { json["volumeNamespace"] = newValue.map { JSON($0) } } }
}

public struct CSIVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var driver: String? { get { json["driver"]?.string } set { json["driver"] = newValue.map { JSON($0) } } }
    public var fsType: String? { get { json["fsType"]?.string } set { json["fsType"] = newValue.map { JSON($0) } } }
    public var nodePublishSecretRef: LocalObjectReference? { get { json["nodePublishSecretRef"].map { LocalObjectReference($0) } } set { json["nodePublishSecretRef"] = newValue?.json } }
    public var readOnly: Bool? { get { json["readOnly"]?.bool } set { json["readOnly"] = newValue.map { JSON($0) } } }
    public var volumeAttributes: [String: String] { get { json["volumeAttributes"]?.stringMap ?? [:] } set { json["volumeAttributes"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct EphemeralVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var volumeClaimTemplate: PersistentVolumeClaimTemplate? { get { json["volumeClaimTemplate"].map { PersistentVolumeClaimTemplate($0) } } set { json["volumeClaimTemplate"] = newValue?.json } }
}

public struct ImageVolumeSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var pullPolicy: String? { get { json["pullPolicy"]?.string } set { json["pullPolicy"] = newValue.map { JSON($0) } } }
    public var reference: String? { get { json["reference"]?.string } set { json["reference"] = newValue.map { JSON($0) } } }
}

public struct KeyToPath: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var key: String? { get { json["key"]?.string } set { json["key"] = newValue.map { JSON($0) } } }
    public var mode: Int? { get { json["mode"]?.int } set { json["mode"] = newValue.map { JSON($0) } } }
    public var path: String? { get { json["path"]?.string } set { json["path"] = newValue.map { JSON($0) } } }
}

public struct DownwardAPIVolumeFile: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var fieldRef: ObjectFieldSelector? { get { json["fieldRef"].map { ObjectFieldSelector($0) } } set { json["fieldRef"] = newValue?.json } }
    public var mode: Int? { get { json["mode"]?.int } set { json["mode"] = newValue.map { JSON($0) } } }
    public var path: String? { get { json["path"]?.string } set { json["path"] = newValue.map { JSON($0) } } }
    public var resourceFieldRef: ResourceFieldSelector? { get { json["resourceFieldRef"].map { ResourceFieldSelector($0) } } set { json["resourceFieldRef"] = newValue?.json } }
}

public struct VolumeProjection: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var clusterTrustBundle: ClusterTrustBundleProjection? { get { json["clusterTrustBundle"].map { ClusterTrustBundleProjection($0) } } set { json["clusterTrustBundle"] = newValue?.json } }
    public var configMap: ConfigMapProjection? { get { json["configMap"].map { ConfigMapProjection($0) } } set { json["configMap"] = newValue?.json } }
    public var downwardAPI: DownwardAPIProjection? { get { json["downwardAPI"].map { DownwardAPIProjection($0) } } set { json["downwardAPI"] = newValue?.json } }
    public var podCertificate: PodCertificateProjection? { get { json["podCertificate"].map { PodCertificateProjection($0) } } set { json["podCertificate"] = newValue?.json } }
    public var secret: SecretProjection? { get { json["secret"].map { SecretProjection($0) } } set { json["secret"] = newValue?.json } }
    public var serviceAccountToken: ServiceAccountTokenProjection? { get { json["serviceAccountToken"].map { ServiceAccountTokenProjection($0) } } set { json["serviceAccountToken"] = newValue?.json } }
}

public struct SecretProjection: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var items: [KeyToPath] { get { json.views("items") } set { json.setViews("items", newValue) } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var optional: Bool? { get { json["optional"]?.bool } set { json["optional"] = newValue.map { JSON($0) } } }
}

public struct DownwardAPIProjection: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var items: [DownwardAPIVolumeFile] { get { json.views("items") } set { json.setViews("items", newValue) } }
}

public struct ConfigMapProjection: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var items: [KeyToPath] { get { json.views("items") } set { json.setViews("items", newValue) } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var optional: Bool? { get { json["optional"]?.bool } set { json["optional"] = newValue.map { JSON($0) } } }
}

public struct ServiceAccountTokenProjection: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var audience: String? { get { json["audience"]?.string } set { json["audience"] = newValue.map { JSON($0) } } }
    public var expirationSeconds: Int? { get { json["expirationSeconds"]?.int } set { json["expirationSeconds"] = newValue.map { JSON($0) } } }
    public var path: String? { get { json["path"]?.string } set { json["path"] = newValue.map { JSON($0) } } }
}

public struct ClusterTrustBundleProjection: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var labelSelector: LabelSelector? { get { json["labelSelector"].map { LabelSelector($0) } } set { json["labelSelector"] = newValue?.json } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var optional: Bool? { get { json["optional"]?.bool } set { json["optional"] = newValue.map { JSON($0) } } }
    public var path: String? { get { json["path"]?.string } set { json["path"] = newValue.map { JSON($0) } } }
    public var signerName: String? { get { json["signerName"]?.string } set { json["signerName"] = newValue.map { JSON($0) } } }
}

public struct PodCertificateProjection: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var certificateChainPath: String? { get { json["certificateChainPath"]?.string } set { json["certificateChainPath"] = newValue.map { JSON($0) } } }
    public var credentialBundlePath: String? { get { json["credentialBundlePath"]?.string } set { json["credentialBundlePath"] = newValue.map { JSON($0) } } }
    public var keyPath: String? { get { json["keyPath"]?.string } set { json["keyPath"] = newValue.map { JSON($0) } } }
    public var keyType: String? { get { json["keyType"]?.string } set { json["keyType"] = newValue.map { JSON($0) } } }
    public var maxExpirationSeconds: Int? { get { json["maxExpirationSeconds"]?.int } set { json["maxExpirationSeconds"] = newValue.map { JSON($0) } } }
    public var signerName: String? { get { json["signerName"]?.string } set { json["signerName"] = newValue.map { JSON($0) } } }
    public var userAnnotations: [String: String] { get { json["userAnnotations"]?.stringMap ?? [:] } set { json["userAnnotations"] = newValue.isEmpty ? nil : JSON(newValue) } }
}
