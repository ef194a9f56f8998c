import APIMachinery
import Basics
import KubeAPI

extension GroupResource {
    static let certificateRequests = GroupResource(
        group: "certificates.k8s.io", resource: "certificatesigningrequests")
}

/// Only who may approve for a signer approves its requests, and only who may sign for it signs them (Kubernetes' admission
/// plugins CertificateApproval and CertificateSigning).
struct CertificateDecision: ValidatingAdmission {
    static let approval = CertificateDecision(SubresourceName(rawValue: "approval"), verb: "approve")
    static let signing = CertificateDecision(.status, verb: "sign")
    private static let signers = "signers"

    let scope: AdmissionScope
    private let verb: String

    private init(_ subresource: SubresourceName, verb: String) {
        scope = AdmissionScope(.update, [.certificateRequests], subresources: [subresource])
        self.verb = verb
    }

    func validate(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws -> AdmissionHolds.Settle? {
        let isSame = ["certificate", "conditions"].allSatisfy {
            request.object["status", $0] == request.old?["status", $0]
        }
        if request.subresource == .status, isSame { return nil }
        // As it is: nobody comes by a signer's rights by naming another one now.
        let signer = request.old?["spec", "signerName"]?.string ?? ""
        let domain = signer.prefix { $0 != "/" }
        for name in [signer, "\(domain)/*"] {
            let asked = RequestAttributes(
                verb: Verb(rawValue: verb), group: request.resource.group, version: "*", resource: Self.signers,
                name: name, path: "", isResourceRequest: true)
            if await view.isAllowed(request.user, asked) { return nil }
        }
        throw request.forbidden("user not permitted to \(verb) requests with signerName \"\(signer)\"")
    }
}

/// Nobody becomes an administrator by a certificate that the cluster signs for clients (Kubernetes' admission plugin
/// CertificateSubjectRestriction).
struct CertificateSubject: ValidatingAdmission {
    private static let signer = "kubernetes.io/kube-apiserver-client"
    let scope = AdmissionScope(.create, [.certificateRequests])

    func validate(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws -> AdmissionHolds.Settle? {
        guard request.object["spec", "signerName"]?.string == Self.signer else { return nil }
        guard let text = request.object["spec", "request"]?.string, let pem = Base64.decode(text),
            let organizations = CertificateRequestSubject.organizations(pem: pem)
        else { throw request.forbidden("failed to parse CSR: PEM block type must be CERTIFICATE REQUEST") }
        if organizations.contains("system:masters") {
            throw request.forbidden("use of \(Self.signer) signer with system:masters group is not allowed")
        }
        return nil
    }
}

/// Reads of a PKCS #10 request (RFC 2986) who asks, and nothing else.
enum CertificateRequestSubject {
    /// The subject's organizations; nil for what is no such request.
    static func organizations(pem: [UInt8]) -> [String]? {
        let lines = String(decoding: pem, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard
            let begin = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN ") && $0.contains("CERTIFICATE REQUEST") }),
            let end = lines[begin...].firstIndex(where: { $0.hasPrefix("-----END ") }),
            let bytes = Base64.decode(lines[(begin + 1)..<end].joined())
        else { return nil }
        // CertificationRequest { info { version, subject { set { sequence { type, value } } … } … } … }
        var all = Fields(bytes[...])
        guard var request = all.next(0x30), var info = request.next(0x30), info.next(0x02) != nil,
            var subject = info.next(0x30)
        else { return nil }
        var organizations: [String] = []
        while var set = subject.next(0x31) {
            while var attribute = set.next(0x30) {
                guard let type = attribute.next(0x06), let value = attribute.next(nil) else { return nil }
                // 2.5.4.10
                if Array(type.bytes) == [0x55, 0x04, 0x0A] {
                    organizations.append(String(decoding: value.bytes, as: UTF8.self))
                }
            }
        }
        return organizations
    }

    /// The elements of a DER value, one after the other.
    private struct Fields {
        private(set) var bytes: ArraySlice<UInt8>
        init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

        /// The content of the next element; nil at the end, for another tag, and for a length that goes too far.
        mutating func next(_ tag: UInt8?) -> Fields? {
            guard let first = bytes.first, tag == nil || first == tag, bytes.count >= 2 else { return nil }
            var rest = bytes.dropFirst()
            var length = Int(rest.removeFirst())
            if length >= 0x80 {
                let count = length & 0x7F
                guard (1...4).contains(count), rest.count >= count else { return nil }
                length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
                rest = rest.dropFirst(count)
            }
            guard rest.count >= length else { return nil }
            bytes = rest.dropFirst(length)
            return Fields(rest.prefix(length))
        }
    }
}
