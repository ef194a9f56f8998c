/// An object's members while many of them are being changed: finding one stays quick however many there are.
struct MemberTable {
    private var entries: [(name: String, value: JSON?)]
    private var positions: [ExactString: Int] = [:]
    /// With fewer members than this a walk is quicker than hashing.
    private static let smallest = 12

    init(_ object: JSON) {
        entries = object.members.map { ($0.name, $0.value) }
        if entries.count >= Self.smallest { index(from: 0) }
    }

    private mutating func index(from start: Int) {
        for position in start..<entries.count { positions[ExactString(entries[position].name)] = position }
    }

    private func position(of name: String) -> Int? {
        if entries.count >= Self.smallest { return positions[ExactString(name)] }
        return entries.firstIndex { sameBytes($0.name, name) }
    }

    var names: [String] { entries.compactMap { $0.value == nil ? nil : $0.name } }

    /// Setting nil removes the member; one that comes back keeps its place.
    subscript(_ name: String) -> JSON? {
        get { position(of: name).flatMap { entries[$0].value } }
        set {
            if let position = position(of: name) {
                entries[position].value = newValue
            } else if let newValue {
                entries.append((name, newValue))
                if entries.count == Self.smallest { index(from: 0) }
                if entries.count > Self.smallest { index(from: entries.count - 1) }
            }
        }
    }

    var json: JSON { JSON(members: entries.compactMap { entry in entry.value.map { (entry.name, $0) } }) }
}
