import APIMachinery

extension JSON {
    /// Sets a member that is absent or null.
    mutating func setDefault(_ name: String, _ value: @autoclosure () -> JSON) {
        switch self[name] {
        case nil: self[name] = value()
        case let present? where present.isNull: self[name] = value()
        default: break
        }
    }
    /// Changes a member in place if it is an object.
    mutating func update(_ name: String, _ change: (inout JSON) -> Void) {
        guard self[name]?.isObject == true else { return }
        Self.take(&self[name], change)
    }
    /// Changes every object in a member that is an array.
    mutating func updateEach(_ name: String, _ change: (inout JSON) -> Void) {
        guard let count = self[name]?.count, count > 0 else { return }
        Self.take(&self[name]) { list in
            var elements = list.elements
            list = .null
            for index in elements.indices where elements[index].isObject { change(&elements[index]) }
            list = JSON(elements)
        }
    }
    /// Takes a value out while it is changed, so that there is no second one that would force a copy.
    private static func take(_ slot: inout JSON?, _ change: (inout JSON) -> Void) {
        guard var value = slot else { return }
        slot = .none
        change(&value)
        slot = value
    }
    /// Changes a member in place, making it an empty object first if it is absent.
    mutating func updateOrMake(_ name: String, _ change: (inout JSON) -> Void) {
        setDefault(name, .object)
        update(name, change)
    }
    /// Whether a member is absent, null, or the empty string.
    func lacks(_ name: String) -> Bool {
        guard let value = self[name] else { return true }
        return value.isNull || value.string?.isEmpty == true
    }
    /// Takes a member from another object as it is there, absence included.
    mutating func keep(_ name: String, of other: JSON) {
        let old = other[name]
        if old != nil || self[name] != nil { self[name] = old }
    }
}
