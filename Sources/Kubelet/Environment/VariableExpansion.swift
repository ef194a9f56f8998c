/// `$(NAME)` in commands, arguments and values (k8s.io/kubernetes third_party/forked/golang/expansion): `$$` stands for
/// one `$`; a name nobody knows stays as it is written.
struct VariableExpansion {
    let variables: [String: String]

    func expand(_ text: String) -> String { read(text).output }
    /// Those that a text refers to.
    func names(in text: String) -> Set<String> { read(text).names }

    private func read(_ text: String) -> (output: String, names: Set<String>) {
        var output: [UInt8] = []
        var names: Set<String> = []
        let bytes = Array(text.utf8)
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == UInt8(ascii: "$"), position + 1 < bytes.count else {
                output.append(byte)
                position += 1
                continue
            }
            switch bytes[position + 1] {
            case UInt8(ascii: "$"):
                output.append(byte)
                position += 2
            case UInt8(ascii: "("):
                guard let end = bytes[(position + 2)...].firstIndex(of: UInt8(ascii: ")")) else {
                    output.append(contentsOf: bytes[position..<(position + 2)])
                    position += 2
                    continue
                }
                let name = String(decoding: bytes[(position + 2)..<end], as: UTF8.self)
                names.insert(name)
                output.append(contentsOf: (variables[name] ?? "$(\(name))").utf8)
                position = end + 1
            default:
                output.append(contentsOf: bytes[position...(position + 1)])
                position += 2
            }
        }
        return (String(decoding: output, as: UTF8.self), names)
    }
}
