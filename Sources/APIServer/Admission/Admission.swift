import APIMachinery
import KubeAPI

/// The steps that look at every object before it is written, found by what a call is about: a call that no step applies
/// to costs one look into a table.
struct Admission: Sendable {
    /// Kubernetes' plugins that are off unless they are asked for by name.
    static let optional: [String: any AdmissionStep] = [
        "ExtendedResourceToleration": ExtendedResourceToleration(),
        "OwnerReferencesPermissionEnforcement": OwnerReferences(),
        "DenyServiceExternalIPs": ExternalAddresses(),
    ]

    /// The steps, in their order (Kubernetes' order of plugins), with those of the optional ones that are named. Those that
    /// change objects run before those that only judge them; each kind in this order.
    static func standard(with names: Set<String> = []) -> [any AdmissionStep] {
        func also(_ name: String) -> [any AdmissionStep] {
            names.contains(name) ? optional[name].map { [$0] } ?? [] : []
        }
        return [
            RoleEscalation(), NamespaceLifecycle(), LimitRanger.ofNewObjects, LimitRanger.ofUpdates,
            PodServiceAccount(), NodeRestriction(), NodeNotReadyTaint(), PodSecurity(), TemplateSecurity(),
            NamespaceSecurity(), PodPriority(), SingleDefaultPriority(), PodTolerations(),
        ] + also("ExtendedResourceToleration") + [DefaultStorageClass(), StorageObjectInUse()]
            + also("OwnerReferencesPermissionEnforcement") + [
                ClaimResize(), PodRuntimeClass(), CertificateRequestFacts(), CertificateSignerRights(),
                CertificateSubject(), DefaultIngressClass(),
            ] + also("DenyServiceExternalIPs") + [
                DeviceAdminAccess(), PodTopology(), PodResizeCapacity(), VolumePhaseTime(),
                // Where webhooks that change objects come.
                PodVerticalSizes(),
                QuotaAdmission.ofNewObjects, QuotaAdmission.ofUpdates, QuotaRecount(),
            ]
    }

    private struct Entry {
        var scope: AdmissionScope
        var change: (any MutatingAdmission)?
        var judge: (any ValidatingAdmission)?
    }
    /// For the resources that a scope names, with the steps for all resources among them.
    private let byResource: [GroupResource: [Entry]]
    /// For every other resource.
    private let forAll: [Entry]

    init(_ steps: [any AdmissionStep] = Admission.standard()) {
        let entries = steps.map {
            Entry(scope: $0.scope, change: $0 as? any MutatingAdmission, judge: $0 as? any ValidatingAdmission)
        }
        forAll = entries.filter { $0.scope.resources == nil }
        var byResource: [GroupResource: [Entry]] = [:]
        for resource in Set(entries.flatMap { $0.scope.resources ?? [] }) {
            byResource[resource] = entries.filter { $0.scope.resources?.contains(resource) ?? true }
        }
        self.byResource = byResource
    }

    /// Lets the steps complete or refuse the object. Throws `StatusError`.
    func change(
        _ object: inout JSON, old: JSON?, _ operation: AdmissionOperation, _ call: inout Call, _ view: AdmissionView
    ) async throws {
        let entries = byResource[call.groupResource] ?? forAll
        let subresource = call.subresource
        guard entries.contains(where: { $0.change != nil && $0.scope.covers(operation, subresource: subresource) })
        else { return }
        var request = AdmissionRequest(call, operation, object: object, old: old)
        defer { call.auditAnnotations.merge(request.annotations) { $1 } }
        for entry in entries where entry.scope.covers(operation, subresource: subresource) {
            if let change = entry.change { try await change.admit(&request, view) }
        }
        object = request.object
        call.warnings += request.warnings
    }

    /// Lets the steps judge the object as it would be written. Throws `StatusError`. What they hold for the write is to
    /// be settled by whoever writes.
    func judge(
        _ object: JSON, old: JSON?, _ operation: AdmissionOperation, _ call: inout Call, _ view: AdmissionView
    ) async throws -> AdmissionHolds {
        var holds = AdmissionHolds()
        let entries = byResource[call.groupResource] ?? forAll
        let subresource = call.subresource
        guard entries.contains(where: { $0.judge != nil && $0.scope.covers(operation, subresource: subresource) })
        else { return holds }
        var request = AdmissionRequest(call, operation, object: object, old: old)
        defer { call.auditAnnotations.merge(request.annotations) { $1 } }
        for entry in entries where entry.scope.covers(operation, subresource: subresource) {
            guard let judge = entry.judge else { continue }
            if let hold = try await judge.validate(&request, view) { holds.add(hold) }
        }
        call.warnings += request.warnings
        return holds
    }
}

/// What a step that counts (a quota) keeps for a write until it is known whether that happens. It ends once; one that is
/// dropped was not written.
struct AdmissionHolds: ~Copyable, Sendable {
    typealias Settle = @Sendable (_ isWritten: Bool) -> Void
    private var settles: [Settle] = []
    private var isWritten = false

    fileprivate init() {}
    fileprivate mutating func add(_ settle: @escaping Settle) { settles.append(settle) }
    deinit { for settle in settles { settle(isWritten) } }

    /// The write happened, or nobody knows whether it did.
    consuming func commit() { isWritten = true }
}
