import APIMachinery
import CEL
import KubeAPI

/// What a claim asks for, made ready for the search.
struct DeviceClaimPlan {
    struct Request {
        var name: String
        /// One after the other until one can be had; exactly one unless the request has a list.
        var alternatives: [DeviceDemand]
    }
    let claim: JSON
    let requests: [Request]
    let constraints: [DeviceConstraint]
    var name: String { "\(claim.key.namespace)/\(claim.key.name)" }

    /// Throws the sentence that says which class is missing, or what cannot be understood.
    init(_ claim: JSON, classes: (String) -> JSON?) throws(DeviceSearchFailure) {
        self.claim = claim
        let devices = claim["spec", "devices"] ?? .object
        let name = "\(claim.key.namespace)/\(claim.key.name)"
        var requests: [Request] = []
        for request in devices["requests"]?.elements ?? [] {
            let requestName = request["name"]?.string ?? ""
            var alternatives: [DeviceDemand] = []
            if let exactly = request["exactly"] {
                alternatives = [try DeviceDemand(exactly, requestName, claim: name, classes: classes)]
            } else {
                for alternative in request["firstAvailable"]?.elements ?? [] {
                    let fullName = "\(requestName)/\(alternative["name"]?.string ?? "")"
                    alternatives.append(try DeviceDemand(alternative, fullName, claim: name, classes: classes))
                }
            }
            if alternatives.isEmpty {
                throw DeviceSearchFailure("resource claim \(name), request \(requestName): unknown request type")
            }
            requests.append(Request(name: requestName, alternatives: alternatives))
        }
        self.requests = requests
        constraints = (devices["constraints"]?.elements ?? []).map { DeviceConstraint($0) }
    }
}

/// A sentence for people.
struct DeviceSearchFailure: Error {
    let sentence: String
    init(_ sentence: String) { self.sentence = sentence }
}

/// So many devices, or all, of a class that selectors choose.
struct DeviceDemand {
    /// "request", or "request/alternative".
    let name: String
    /// Without what comes before the slash.
    let ownName: String
    let deviceClass: JSON
    /// nil is all of them.
    let count: Int?
    /// It looks at devices that others use, and takes none.
    let hasAdminAccess: Bool
    let tolerations: [PodToleration]
    let tolerationList: JSON?
    private let selectors: [(expression: DeviceExpression, whose: String)]

    init(
        _ asked: JSON, _ name: String, claim: String, classes: (String) -> JSON?
    ) throws(DeviceSearchFailure) {
        self.name = name
        ownName = name.split(separator: "/").last.map(String.init) ?? name
        let className = asked["deviceClassName"]?.string ?? ""
        guard let deviceClass = classes(className) else {
            throw DeviceSearchFailure("request \(name): device class \(className) does not exist")
        }
        self.deviceClass = deviceClass
        count = asked["allocationMode"]?.string == "All" ? nil : asked["count"]?.int ?? 1
        hasAdminAccess = asked["adminAccess"]?.bool == true
        tolerationList = asked["tolerations"]
        tolerations = (asked["tolerations"]?.elements ?? []).map { PodToleration($0) }
        var selectors: [(DeviceExpression, String)] = []
        for (list, whose) in [
            (deviceClass["spec", "selectors"], "class \(className)"), (asked["selectors"], "claim \(claim)"),
        ] {
            for (index, selector) in (list?.elements ?? []).enumerated() {
                do throws(DeviceExpressionError) {
                    let text = selector["cel", "expression"]?.string ?? ""
                    selectors.append((try DeviceExpression(text), "\(whose): selector #\(index)"))
                } catch {
                    throw DeviceSearchFailure("\(whose): selector #\(index): CEL compile error: \(error)")
                }
            }
        }
        self.selectors = selectors
    }

    /// Whether the class and the request mean this device.
    func selects(_ device: Device) throws(DeviceSearchFailure) -> Bool {
        for (expression, whose) in selectors {
            do throws(EvaluationError) {
                if try !expression.matches(device.value) { return false }
            } catch { throw DeviceSearchFailure("\(whose): CEL runtime error: \(error)") }
        }
        return true
    }
    func tolerates(_ device: Device) -> Bool {
        device.taints.allSatisfy { taint in
            tolerations.contains { toleration in
                (toleration.effect.isEmpty || toleration.effect == taint.effect)
                    && (toleration.key.isEmpty || toleration.key == taint.key)
                    && (toleration.matchesAnyValue || toleration.value == taint.value)
            }
        }
    }
}

/// Devices of some requests have an attribute in common, or each its own.
struct DeviceConstraint {
    private let requests: Set<String>
    private let attribute: String
    private let isDistinct: Bool

    init(_ constraint: JSON) {
        requests = Set(constraint["requests"]?.strings ?? [])
        isDistinct = constraint["matchAttribute"] == nil
        attribute = (constraint["matchAttribute"] ?? constraint["distinctAttribute"])?.string ?? ""
    }

    private func concerns(_ demand: DeviceDemand) -> Bool {
        requests.isEmpty || requests.contains(demand.name)
            || demand.name.split(separator: "/").first.map { requests.contains(String($0)) } == true
    }
    /// Whether it still holds if this device comes to those.
    func allows(_ device: Device, for demand: DeviceDemand, beside taken: [DeviceSearch.Taken]) -> Bool {
        guard concerns(demand) else { return true }
        guard let value = device.attribute(attribute) else { return false }
        let others = taken.filter { concerns($0.demand) }.compactMap { $0.device.attribute(attribute) }
        return isDistinct ? !others.contains(value) : others.allSatisfy { $0 == value }
    }
}
