/// A set of small numbers of which the first ones come in almost in order: what is full at the beginning is only counted.
struct PlaceSet: Hashable {
    /// So many words before `words` are full.
    private var fullWords = 0
    /// Neither the first one is full nor the last one empty.
    private var words: [UInt64] = []

    mutating func set(_ place: Int, _ isIn: Bool) {
        if place / 64 < fullWords {
            if isIn { return }
            words.insert(contentsOf: repeatElement(.max, count: fullWords - place / 64), at: 0)
            fullWords = place / 64
        }
        let word = place / 64 - fullWords
        let bit: UInt64 = 1 << UInt64(place % 64)
        if isIn {
            while words.count <= word { words.append(0) }
            words[word] |= bit
            while words.first == .max {
                words.removeFirst()
                fullWords += 1
            }
        } else if word < words.count {
            words[word] &= ~bit
            while words.last == 0 { words.removeLast() }
        }
    }

    func isSubset(of other: PlaceSet) -> Bool {
        if fullWords > other.fullWords { return false }
        for (place, word) in words.enumerated() {
            let place = fullWords + place
            if place < other.fullWords { continue }
            let otherPlace = place - other.fullWords
            let otherWord = otherPlace < other.words.count ? other.words[otherPlace] : 0
            if word & ~otherWord != 0 { return false }
        }
        return true
    }
}
