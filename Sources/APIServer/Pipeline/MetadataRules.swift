import APIMachinery

/// Labels, annotations, finalizers and owner references, whatever the kind.
enum MetadataRules {
    static let annotationsLimitBytes = 256 << 10

    static func validate(_ metadata: JSON) -> [FieldError] {
        labels(metadata) + annotations(metadata) + owners(metadata) + finalizers(metadata)
    }

    private static func labels(_ metadata: JSON) -> [FieldError] {
        (metadata["labels"]?.members ?? []).flatMap { label -> [FieldError] in
            var errors = qualifiedNameFaults(label.name).map {
                FieldError(.invalid, "metadata.labels", "Invalid value: \"\(label.name)\": \($0)")
            }
            errors += labelValueFaults(label.value.string ?? "").map {
                FieldError(.invalid, "metadata.labels", "Invalid value: \"\(label.value.string ?? "")\": \($0)")
            }
            return errors
        }
    }

    private static func annotations(_ metadata: JSON) -> [FieldError] {
        var size = 0
        var errors: [FieldError] = []
        for annotation in metadata["annotations"]?.members ?? [] {
            size += annotation.name.utf8.count + (annotation.value.string ?? "").utf8.count
            errors += qualifiedNameFaults(annotation.name.lowercased()).map {
                FieldError(.invalid, "metadata.annotations", "Invalid value: \"\(annotation.name)\": \($0)")
            }
        }
        if size > annotationsLimitBytes {
            errors.append(
                .init(
                    .tooLong, "metadata.annotations",
                    "Too long: may not be more than \(annotationsLimitBytes) bytes"))
        }
        return errors
    }

    private static func owners(_ metadata: JSON) -> [FieldError] {
        var errors: [FieldError] = []
        var controllers = 0
        for (index, owner) in (metadata["ownerReferences"]?.elements ?? []).enumerated() {
            for field in ["apiVersion", "kind", "name", "uid"] where (owner[field]?.string ?? "").isEmpty {
                errors.append(
                    .init(
                        .invalid, "metadata.ownerReferences[\(index)].\(field)",
                        "Invalid value: \"\": must not be empty"))
            }
            if owner["controller"]?.bool == true { controllers += 1 }
        }
        if controllers > 1 {
            errors.append(
                .init(
                    .invalid, "metadata.ownerReferences",
                    "Invalid value: Only one reference can have Controller set to true"))
        }
        return errors
    }

    private static func finalizers(_ metadata: JSON) -> [FieldError] {
        let names = metadata["finalizers"]?.strings ?? []
        var errors: [FieldError] = names.flatMap { name -> [FieldError] in
            var faults = qualifiedNameFaults(name)
            if faults.isEmpty, !name.contains("/"), !["orphan", "foregroundDeletion", "kubernetes"].contains(name) {
                faults.append("name is neither a standard finalizer name nor is it fully qualified")
            }
            return faults.map { .init(.invalid, "metadata.finalizers", "Invalid value: \"\(name)\": \($0)") }
        }
        if names.contains("orphan"), names.contains("foregroundDeletion") {
            errors.append(
                .init(
                    .invalid, "metadata.finalizers",
                    "Invalid value: \(JSON(names).text): finalizer orphan and foregroundDeletion cannot be both set"))
        }
        return errors
    }

    /// `[prefix/]name` (apimachinery IsQualifiedName).
    static func qualifiedNameFaults(_ name: String) -> [String] {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let rule =
            "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
            + "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
            + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
        guard parts.count <= 2, let last = parts.last else {
            return [
                "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
                    + "alphanumeric character with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            ]
        }
        var faults: [String] = []
        if parts.count == 2 {
            if parts[0].isEmpty {
                faults.append("prefix part must be non-empty")
            } else if !isSubdomain(parts[0]) {
                faults.append(
                    "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
                        + "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for "
                        + "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')")
            }
        }
        if last.isEmpty { faults.append("name part must be non-empty") }
        if last.utf8.count > 63 { faults.append("name part must be no more than 63 bytes") }
        if !isLabelText(last) || last.isEmpty { faults.append(rule) }
        return faults
    }

    static func labelValueFaults(_ value: String) -> [String] {
        var faults: [String] = []
        if value.utf8.count > 63 { faults.append("must be no more than 63 bytes") }
        if !isLabelText(value[...]) {
            faults.append(
                "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "
                    + "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used "
                    + "for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')")
        }
        return faults
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
    private static func isLabelText(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last else { return true }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F || $0 == 0x2E }
    }
    private static func isSubdomain(_ text: Substring) -> Bool {
        text.utf8.count <= 253
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                guard let first = label.utf8.first, let last = label.utf8.last else { return false }
                return first != 0x2D && last != 0x2D
                    && label.utf8.allSatisfy {
                        (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D
                    }
            }
    }
}
