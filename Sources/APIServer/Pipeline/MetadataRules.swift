import APIMachinery

/// Labels, annotations, finalizers and owner references, whatever the kind.
enum MetadataRules {
    static let annotationsLimitBytes = 256 << 10

    static func validate(_ metadata: JSON) -> [FieldError] {
        labels(metadata) + annotations(metadata) + owners(metadata) + finalizers(metadata)
    }

    private static func labels(_ metadata: JSON) -> [FieldError] {
        (metadata["labels"]?.members ?? []).flatMap { label -> [FieldError] in
            var errors = Validation.isQualifiedName(label.name).map {
                FieldError(.invalid, "metadata.labels", "Invalid value: \"\(label.name)\": \($0)")
            }
            errors += Validation.isLabelValue(label.value.string ?? "").map {
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
            errors += Validation.isQualifiedName(annotation.name.lowercased()).map {
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
            var faults = Validation.isQualifiedName(name)
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
}
