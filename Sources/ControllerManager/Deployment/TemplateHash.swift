import APIMachinery
import Basics
import KubeAPI

/// The short name of a pod template: FNV-1a (32 bits) over its JSON with members in order of their names, and the count
/// of collisions so far; written in letters and digits that form no words.
struct TemplateHash {
    private static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")
    let text: String

    init(_ template: PodTemplateSpec, collisions: Int) {
        var hash = Hasher32()
        hash.add(template.json)
        if collisions > 0 { hash.add(text: "collision \(collisions)") }
        let digits = String(hash.state)
        text = String(digits.utf8.map { Self.alphabet[Int($0 - 0x30) % Self.alphabet.count] })
    }

    private struct Hasher32 {
        var state = FNV1a.hash32([])
        mutating func add(byte: UInt8) { state = FNV1a.hash32(CollectionOfOne(byte), from: state) }
        mutating func add(text: String) {
            state = FNV1a.hash32(text.utf8, from: state)
            add(byte: 0)
        }
        mutating func add(_ value: JSON) {
            switch value.kind {
            case .object:
                add(byte: 1)
                for member in value.members.sorted(by: { $0.name < $1.name }) {
                    add(text: member.name)
                    add(member.value)
                }
            case .array:
                add(byte: 2)
                for element in value.elements { add(element) }
            default: add(text: value.text)
            }
            add(byte: 3)
        }
    }
}
