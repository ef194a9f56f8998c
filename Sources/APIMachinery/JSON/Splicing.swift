extension JSON {
    /// This object with `metadata.resourceVersion` set, as one text with its tape: one copy of each, for the watch cache,
    /// which does this to every object it gets. Anything but a frozen object with a `metadata` object is frozen first.
    public func settingResourceVersion(_ revision: Int64) -> JSON {
        setting("resourceVersion", in: "metadata", to: String(revision))
    }

    /// This object with another member as the first of an object member of the root, as one text with its tape; nil if this
    /// is no frozen object with such a parent. The string has nothing to escape, and the parent no such member.
    public func inserting(_ name: String, first parent: String, _ plain: String) -> JSON? {
        guard case .slice(let document, 0) = node, document.token(0).length == document.text.count,
            let object = document.object(parent)
        else { return nil }
        return JSON(document.inserting(name, into: object, plain), 0)
    }

    /// The same for any string that has nothing to escape, in any object member of the root.
    func setting(_ name: String, in parent: String, to plain: String) -> JSON {
        if case .slice(let document, 0) = node, let object = document.object(parent),
            let spliced = document.setting(name, of: object, to: plain)
        {
            return JSON(spliced, 0)
        }
        var changed = self
        changed[parent, name] = JSON(plain)
        return changed.frozen
    }
}

extension Document {
    /// The index of a member of the root object that is an object itself.
    fileprivate func object(_ name: String) -> Int? {
        guard token(0).kind == .object, let value = member(name, of: 0), token(value).kind == .object else {
            return nil
        }
        return value
    }

    fileprivate func inserting(_ name: String, into object: Int, _ plain: String) -> Document {
        let start = range(object).lowerBound + 1
        let text = Array("\"\(name)\":\"\(plain)\"\(count(object) == 0 ? "" : ",")".utf8)
        let nameLength = name.utf8.count + 2
        let tokens = [
            Token(.string, start: start, length: nameLength),
            Token(.string, start: start + nameLength + 1, length: plain.utf8.count + 2),
        ]
        return splice(
            object, text: start..<start, by: text, tape: object + 2..<object + 2, by: tokens.map(\.bits),
            addedMembers: 1)
    }

    /// A copy whose `object`, a member of the root, has this string member; nil if a container stands there.
    fileprivate func setting(_ name: String, of object: Int, to plain: String) -> Document? {
        let quoted = Array("\"\(plain)\"".utf8)
        if let value = member(name, of: object) {
            guard !token(value).isContainer else { return nil }
            let range = range(value)
            let token = Token(.string, start: range.lowerBound, length: quoted.count)
            return splice(
                object, text: range, by: quoted, tape: value..<value + 1, by: [token.bits], addedMembers: 0)
        }
        let end = range(object).upperBound - 1
        let prefix = Array((count(object) == 0 ? "\"\(name)\":" : ",\"\(name)\":").utf8)
        let nameStart = count(object) == 0 ? end : end + 1
        let tokens = [
            Token(.string, start: nameStart, length: name.utf8.count + 2),
            Token(.string, start: end + prefix.count, length: quoted.count),
        ]
        let tapeEnd = next(after: object)
        return splice(
            object, text: end..<end, by: prefix + quoted, tape: tapeEnd..<tapeEnd, by: tokens.map(\.bits),
            addedMembers: 1)
    }

    /// Replaces a piece of text and of tape that lie in `object`, a member of the root.
    private func splice(
        _ object: Int, text range: Range<Int>, by newText: [UInt8], tape words: Range<Int>, by newWords: [UInt64],
        addedMembers: Int
    ) -> Document {
        let longer = newText.count - range.count
        let moreWords = newWords.count - words.count
        var text: [UInt8] = []
        text.reserveCapacity(self.text.count + longer)
        text += self.text[..<range.lowerBound]
        text += newText
        text += self.text[range.upperBound...]
        var tape: [UInt64] = []
        tape.reserveCapacity(self.tape.count + moreWords)
        tape += self.tape[..<words.lowerBound]
        tape += newWords
        copyTape(words.upperBound..<self.tape.count, movedBy: longer, to: &tape)
        for (container, members) in [(0, 0), (object, addedMembers)] {
            tape[container] = token(container).longer(by: longer).bits
            let extent = extent(container)
            tape[container + 1] = Extent(words: extent.words + moreWords, count: extent.count + members).bits
        }
        return Document(text: text, tape: tape)
    }
}
