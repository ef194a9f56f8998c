import APIMachinery
import ControlLoops
import KubeAPI

/// The ResourceClaims of a pod, as they are now.
struct PodClaims {
    let claims: [JSON]

    /// Throws why the pod must wait.
    init(_ pod: JSON, _ world: World) throws(DeviceSearchFailure) {
        var claims: [JSON] = []
        let key = pod.key
        for entry in pod["spec", "resourceClaims"]?.elements ?? [] {
            guard let (name, isGenerated) = try Self.name(pod, entry) else { continue }
            let claimKey = ObjectKey(namespace: key.namespace, name: name)
            guard let claim = world.cache(ResourceClaim.resource).get(claimKey) else {
                throw DeviceSearchFailure("could not find resourceclaim \"\(claimKey)\"")
            }
            if claim.isBeingDeleted { throw DeviceSearchFailure("resourceclaim \"\(name)\" is being deleted") }
            if isGenerated, claim.controller?["uid"]?.string != pod.uid {
                throw DeviceSearchFailure(
                    "ResourceClaim \(claimKey) was not created for Pod \(key) (Pod is not owner)")
            }
            claims.append(claim)
        }
        self.claims = claims
    }

    /// nil if none is needed after all.
    private static func name(_ pod: JSON, _ entry: JSON) throws(DeviceSearchFailure) -> (String, isGenerated: Bool)? {
        if let name = entry["resourceClaimName"]?.string { return (name, false) }
        let statuses = pod["status", "resourceClaimStatuses"]?.elements ?? []
        guard let status = statuses.first(where: { $0["name"] == entry["name"] }) else {
            throw DeviceSearchFailure("pod \"\(pod.key)\": ResourceClaim not created yet")
        }
        return status["resourceClaimName"]?.string.map { ($0, true) }
    }
}
