import APIMachinery
import HTTPMessages

/// Knows bearer tokens from a file, as kube-apiserver's `--token-auth-file`: a line each of token, user name, uid and
/// groups, in CSV (RFC 4180).
public struct StaticTokens: Authenticator {
    public struct Malformed: Error, CustomStringConvertible {
        public let description: String
    }
    private let users: [String: UserInfo]

    /// `path` is only told in errors.
    public init(csv: String, path: String) throws(Malformed) {
        var users: [String: UserInfo] = [:]
        for line in csv.split(whereSeparator: \.isNewline) {
            guard let record = Self.fields(line) else {
                throw Malformed(description: "token file '\(path)' has a quote that does not end")
            }
            if record.count < 3 {
                throw Malformed(
                    description:
                        "token file '\(path)' must have at least 3 columns (token, user name, user uid), found "
                        + "\(record.count)")
            }
            if record[0].isEmpty { continue }
            let groups = record.count > 3 ? record[3].split(separator: ",").map(String.init) : []
            users[record[0]] = UserInfo(name: record[1], uid: record[2], groups: groups)
        }
        self.users = users
    }

    public func authenticate(_ request: Request) async throws -> UserInfo? {
        BearerToken.token(request).flatMap { users[String($0)] }
    }

    /// The fields of a line; nil when a quoted one does not end.
    private static func fields(_ line: Substring) -> [String]? {
        var fields = [""]
        var isQuoted = false
        var rest = line
        while let character = rest.popFirst() {
            switch (character, isQuoted) {
            case ("\"", true):
                // Two are one.
                if rest.first == "\"" { fields[fields.count - 1].append(rest.removeFirst()) } else { isQuoted = false }
            case ("\"", false) where fields[fields.count - 1].isEmpty: isQuoted = true
            case (",", false): fields.append("")
            default: fields[fields.count - 1].append(character)
            }
        }
        return isQuoted ? nil : fields
    }
}
