import APIMachinery
import Synchronization

/// One object as of one revision: its text for clients, made once, and its value, parsed at most once.
final class StoredObject: Sendable {
    /// `namespace/name`, or the name for objects of the cluster.
    let key: String
    /// The store's mod revision: the resourceVersion.
    let revision: Int64
    /// JSON text with the resourceVersion in it.
    let text: [UInt8]
    private let revisionDigits: Range<Int>
    private let parsed: Mutex<JSON?>

    /// nil when the stored bytes are no object.
    convenience init?(key: String, stored: [UInt8], revision: Int64) {
        guard let (text, digits) = StoredForm.render(stored, revision: revision) else { return nil }
        self.init(key: key, revision: revision, text: text, digits: digits, json: nil)
    }

    /// One whose stored form is at hand, as of its maker: nothing is parsed.
    convenience init?(key: String, form: JSON, revision: Int64) {
        if let (object, digits) = StoredForm.render(form, revision: revision) {
            self.init(key: key, revision: revision, text: object.bytes, digits: digits, json: object)
        } else {
            self.init(key: key, stored: form.bytes, revision: revision)
        }
    }

    private init(key: String, revision: Int64, text: [UInt8], digits: Range<Int>, json: JSON?) {
        self.key = key
        self.revision = revision
        self.text = text
        self.revisionDigits = digits
        self.parsed = Mutex(json)
    }

    /// The object as a value; all readers share it.
    var json: JSON {
        parsed.withLock { parsed in
            if let parsed { return parsed }
            let value: JSON = (try? JSON(parsing: text)) ?? .object
            parsed = value
            return value
        }
    }

    /// The object as a value for one use: it is not kept beside the text.
    func passingJSON() -> JSON {
        parsed.withLock { $0 } ?? (try? JSON(parsing: text)) ?? .object
    }

    /// The same object with the revision of its deletion.
    func deleted(at revision: Int64) -> StoredObject {
        let digits = Array(String(revision).utf8)
        var text = self.text
        text.replaceSubrange(revisionDigits, with: digits)
        let start = revisionDigits.lowerBound
        return StoredObject(
            key: key, revision: revision, text: text, digits: start..<start + digits.count, json: nil)
    }
}
