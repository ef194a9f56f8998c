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
        guard var value = self[name], value.isObject else { return }
        change(&value)
        self[name] = value
    }
    /// Changes every object in a member that is an array.
    mutating func updateEach(_ name: String, _ change: (inout JSON) -> Void) {
        guard let list = self[name], list.count > 0 else { return }
        self[name] = JSON(
            list.elements.map { element in
                guard element.isObject else { return element }
                var copy = element
                change(&copy)
                return copy
            })
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
