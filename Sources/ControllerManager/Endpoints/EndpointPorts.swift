import APIMachinery
import KubeAPI

/// A Service's ports as a pod has them.
enum EndpointPorts {
    /// A port of an EndpointSlice; nil if the pod has none of the target's name.
    static func port(_ port: ServicePort, of pod: Pod) -> JSON? {
        guard let number = number(port, of: pod) else { return nil }
        var result: JSON = [
            "name": JSON(port.name ?? ""), "port": JSON(number), "protocol": JSON(port.protocol ?? "TCP"),
        ]
        if let appProtocol = port.appProtocol { result["appProtocol"] = JSON(appProtocol) }
        return result
    }

    /// The number of the target: given, or by the name of a container's port, or the Service's own.
    static func number(_ port: ServicePort, of pod: Pod) -> Int? {
        guard let target = port.json["targetPort"] else { return port.port }
        if let number = target.int { return number == 0 ? port.port : number }
        guard let name = target.string else { return port.port }
        if name.isEmpty { return port.port }
        let spec = pod.json["spec"]
        let sidecars = (spec?["initContainers"]?.elements ?? []).filter { $0["restartPolicy"]?.string == "Always" }
        for container in (spec?["containers"]?.elements ?? []) + sidecars {
            for candidate in container["ports"]?.elements ?? []
            where candidate["name"]?.string == name
                && candidate["protocol"]?.string ?? "TCP" == port.protocol ?? "TCP"
            {
                return candidate["containerPort"]?.int
            }
        }
        return nil
    }
}
