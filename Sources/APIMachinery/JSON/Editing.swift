extension JSON {
    /// An object's member: nil when absent or when this is not an object. Setting nil removes the member; setting a
    /// member of a null makes it an object; setting one of another value replaces it by an object.
    public subscript(_ name: String) -> JSON? {
        get { member(name) }
        _modify {
            var members = takeMembers()
            let before = node
            let position = members?.firstIndex { sameBytes($0.name, name) }
            var value: JSON?
            if let position {
                value = members?[position].value
                members?[position].value = .null
            }
            defer { put(value, named: name, at: position, members, before) }
            yield &value
        }
    }

    /// Unfolds an object by one level and takes its members out, so that they can be changed in place; nil when this is
    /// not an object (and then nothing is taken).
    private mutating func takeMembers() -> [Member]? {
        switch node {
        case .object(let members):
            node = .null
            return members
        case .slice(let document, let index) where isObject:
            node = .null
            return document.members(Int(index))
        default: return nil
        }
    }

    private mutating func put(
        _ value: JSON?, named name: String, at position: Int?, _ members: consuming [Member]?, _ before: Node
    ) {
        guard var members = consume members else {
            node = value.map { .object([(name, $0)]) } ?? before
            return
        }
        switch (position, value) {
        case (let position?, let value?): members[position].value = value
        case (let position?, nil): members.remove(at: position)
        case (nil, let value?): members.append((name, value))
        case (nil, nil): break
        }
        node = .object(members)
    }

    /// The value at the end of a path of member names. Setting makes the objects on the way; setting nil removes the
    /// last member only and makes nothing.
    public subscript(_ first: String, _ second: String, _ rest: String...) -> JSON? {
        get {
            guard var value = member(first)?.member(second) else { return nil }
            for name in rest {
                guard let next = value.member(name) else { return nil }
                value = next
            }
            return value
        }
        set { set(path: ([first, second] + rest)[...], to: newValue) }
    }

    /// Sets the value at the end of a path of member names, as the path subscript does.
    public mutating func set(_ path: some Collection<String>, to newValue: JSON?) {
        set(path: ArraySlice(path), to: newValue)
    }

    private mutating func set(path: ArraySlice<String>, to newValue: JSON?) {
        if newValue == nil && at(Array(path)) == nil { return }
        replace(at: path, by: newValue)
    }

    private mutating func replace(at path: ArraySlice<String>, by newValue: JSON?) {
        guard let first = path.first else {
            self = newValue ?? .null
            return
        }
        let rest = path.dropFirst()
        if rest.isEmpty {
            self[first] = newValue
        } else {
            self[first, default: .object].replace(at: rest, by: newValue)
        }
    }

    /// An object's member, or `default` if it is absent; changing it in place adds it.
    public subscript(_ name: String, default value: @autoclosure () -> JSON) -> JSON {
        get { member(name) ?? value() }
        _modify {
            var members = takeMembers() ?? []
            let position = members.firstIndex { sameBytes($0.name, name) } ?? members.endIndex
            if position == members.endIndex { members.append((name, value())) }
            var member = members[position].value
            members[position].value = .null
            defer {
                members[position].value = member
                node = .object(members)
            }
            yield &member
        }
    }

    /// An array's element; null when out of range or when this is not an array. Setting out of range does nothing.
    public subscript(_ index: Int) -> JSON {
        get { element(index) }
        _modify {
            var elements = takeElements()
            let before = node
            var value: JSON = .null
            if let element = elements?.element(at: index) {
                value = element
                elements?[index] = .null
            }
            defer {
                if elements?.element(at: index) != nil { elements?[index] = value }
                node = elements.map { .array($0) } ?? before
            }
            yield &value
        }
    }

    fileprivate mutating func takeElements() -> [JSON]? {
        switch node {
        case .array(let elements):
            node = .null
            return elements
        case .slice(let document, let index) where isArray:
            node = .null
            return document.elements(Int(index))
        default: return nil
        }
    }

    /// Appends to an array; a null becomes an array first, anything else is replaced by one.
    public mutating func append(_ element: JSON) {
        var elements = takeElements() ?? []
        elements.append(element)
        node = .array(elements)
    }

    /// Changes an object's members all at once, which for many members is far quicker than one by one: `change` gets each
    /// and answers its new value, or nil to remove it. Does nothing to anything else.
    public mutating func updateMembers(_ change: (_ name: String, _ value: JSON) throws -> JSON?) rethrows {
        guard isObject else { return }
        let changed: [Member] = try members.compactMap { member in
            try change(member.name, member.value).map { (member.name, $0) }
        }
        node = .object(changed)
    }
}

extension Array {
    fileprivate func element(at index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

extension JSON {
    /// Inserts into an array, at the end if the position is beyond it; does nothing to anything else.
    public mutating func insert(_ element: JSON, at position: Int) {
        guard var elements = takeElements() else { return }
        elements.insert(element, at: Swift.min(Swift.max(position, 0), elements.count))
        node = .array(elements)
    }

    /// Removes an array's element; does nothing when out of range or when this is not an array.
    public mutating func removeElement(at position: Int) {
        guard var elements = takeElements() else { return }
        if elements.indices.contains(position) { elements.remove(at: position) }
        node = .array(elements)
    }
}
