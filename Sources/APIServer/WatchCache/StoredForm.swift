import APIMachinery

/// How objects are written in the store: compact JSON that begins `{"kind":…,"apiVersion":…,"metadata":{`, without a
/// resourceVersion. That place is known, so a reader's resourceVersion is put in without parsing.
enum StoredForm {
    /// Everything of the cluster lies under this.
    static let root = "/registry/"

    /// `/registry/pods/` or `/registry/apps/deployments/`.
    static func prefix(_ served: GroupResource) -> String {
        let resource = ServedForm.storage(served)
        return resource.group.isEmpty
            ? "\(root)\(resource.resource)/" : "\(root)\(resource.group)/\(resource.resource)/"
    }

    /// An object's bytes for the store.
    static func encode(_ object: JSON) -> [UInt8] { form(of: object).bytes }

    /// An object as it is stored, frozen: its bytes are those for the store.
    static func form(of object: JSON) -> JSON {
        var metadata: JSON = object["metadata"] ?? .object
        if metadata["resourceVersion"] != nil { metadata["resourceVersion"] = nil }
        var members: [(name: String, value: JSON)] = [
            (name: "kind", value: object["kind"] ?? ""), (name: "apiVersion", value: object["apiVersion"] ?? ""),
            (name: "metadata", value: metadata),
        ]
        for member in object.members
        where member.name != "kind" && member.name != "apiVersion" && member.name != "metadata" {
            members.append(member)
        }
        return JSON(members: members).frozen
    }

    /// The same as `render` of an object's stored form, with the object as the value that its text is of.
    static func render(_ form: JSON, revision: Int64) -> (object: JSON, digits: Range<Int>)? {
        let digits = String(revision)
        guard let start = metadataStart(form.bytes),
            let object = form.inserting("resourceVersion", first: "metadata", digits)
        else { return nil }
        let from = start + member.count
        return (object, from..<from + digits.utf8.count)
    }

    /// The stored bytes with `revision` as resourceVersion, and where its digits stand; nil when the bytes are no
    /// object.
    static func render(_ stored: [UInt8], revision: Int64) -> (text: [UInt8], digits: Range<Int>)? {
        let digits = Array(String(revision).utf8)
        guard let start = metadataStart(stored) else {
            guard var object = try? JSON(parsing: stored), object.isObject, object["metadata"]?.isObject == true else {
                return nil
            }
            object["metadata", "resourceVersion"] = nil
            let canonical = encode(object)
            return metadataStart(canonical) == nil ? nil : render(canonical, revision: revision)
        }
        let isEmpty = start < stored.count && stored[start] == UInt8(ascii: "}")
        var text: [UInt8] = []
        text.reserveCapacity(stored.count + digits.count + member.count + 2)
        text.append(contentsOf: stored[..<start])
        text.append(contentsOf: member)
        let from = text.count
        text.append(contentsOf: digits)
        text.append(UInt8(ascii: "\""))
        if !isEmpty { text.append(UInt8(ascii: ",")) }
        text.append(contentsOf: stored[start...])
        return (text, from..<from + digits.count)
    }

    private static let member = Array(#""resourceVersion":""#.utf8)
    private static let parts = [#"{"kind":""#, #"","apiVersion":""#, #"","metadata":{"#].map { Array($0.utf8) }

    /// Where the first member of metadata begins, if the text begins as `encode` writes it.
    private static func metadataStart(_ text: [UInt8]) -> Int? {
        text.withUnsafeBufferPointer { text in
            var index = 0
            for (number, part) in parts.enumerated() {
                if number > 0 {
                    while index < text.count, text[index] != UInt8(ascii: "\"") {
                        if text[index] == UInt8(ascii: "\\") { return nil }
                        index += 1
                    }
                }
                guard index + part.count <= text.count else { return nil }
                for byte in part {
                    guard text[index] == byte else { return nil }
                    index += 1
                }
            }
            return index
        }
    }
}
