import APIMachinery
import Foundation
import KubeAPI

extension CertificateSigningRequest {
    func has(_ type: String) -> Bool { status.conditions.contains { $0.type == type && $0.status == "True" } }
    var isDecided: Bool { has("Approved") || has("Denied") }
    var isIssued: Bool {
        !(json["status"] ?? .object).isEmpty && json["status", "certificate"]?.string?.isEmpty == false
    }
    var signerName: String { json["spec", "signerName"]?.string ?? "" }
    var usages: Set<String> { Set(json["spec", "usages"]?.strings ?? []) }
    /// The request as PEM; nil when it cannot be read.
    var requestPEM: String? {
        json["spec", "request"]?.string.flatMap { Data(base64Encoded: $0) }.map { String(decoding: $0, as: UTF8.self) }
    }
}

/// The signers of the cluster itself, and what each gives (Kubernetes' "certificates.k8s.io" signers).
enum ClusterSigner: String, CaseIterable {
    case client = "kubernetes.io/kube-apiserver-client"
    case node = "kubernetes.io/kube-apiserver-client-kubelet"
    case nodeServer = "kubernetes.io/kubelet-serving"

    /// Why a request may not have what it asks for; nil if it may.
    func refusal(_ facts: CertificateSubjectFacts, _ usages: Set<String>) -> String? {
        let common: Set<String> = ["key encipherment", "digital signature"]
        let allowed: Set<String> = common.union(self == .nodeServer ? ["server auth"] : ["client auth"])
        let needed: Set<String> = self == .nodeServer ? ["server auth", "digital signature"] : ["client auth"]
        guard usages.isSubset(of: allowed), needed.isSubset(of: usages) else {
            return "usages did not match \(needed.sorted().joined(separator: ", "))"
        }
        if self == .client { return nil }
        guard facts.organizations == ["system:nodes"] else { return "subject organization is not system:nodes" }
        guard facts.commonName.hasPrefix("system:node:"), facts.commonName.count > "system:node:".count else {
            return "subject common name does not begin with system:node: "
        }
        if facts.otherNames > 0 { return "email and URI subjectAltNames are not allowed" }
        let hasNames = !facts.dnsNames.isEmpty || !facts.addresses.isEmpty
        if self == .node, hasNames { return "DNS and IP subjectAltNames are not allowed" }
        if self == .nodeServer, !hasNames { return "DNS or IP subjectAltName is required" }
        return nil
    }
}
