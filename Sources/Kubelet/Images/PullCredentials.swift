import APIMachinery
import Basics
import ContainerRuntime
import KubeAPI

/// What pull secrets say of registries: of type kubernetes.io/dockerconfigjson, and the older kubernetes.io/dockercfg.
struct PullCredentials {
    /// By what they are for, the most particular first (in the reverse order of their names, as in Kubernetes).
    private let entries: [(place: String, credential: RegistryCredential)]

    init(_ secrets: [Secret]) {
        var entries: [(place: String, credential: RegistryCredential)] = []
        for secret in secrets {
            let registries: JSON
            if let text = secret.data[".dockerconfigjson"] {
                registries = Self.decoded(text)["auths"] ?? .object
            } else if let text = secret.data[".dockercfg"] {
                registries = Self.decoded(text)
            } else {
                continue
            }
            for (name, entry) in registries.members {
                if let credential = Self.credential(entry, name) { entries.append((Self.place(name), credential)) }
            }
        }
        self.entries = entries.enumerated().sorted {
            ($0.element.place, $1.offset) > ($1.element.place, $0.offset)
        }.map(\.element)
    }

    /// Those that are for an image's registry and repository.
    func matching(_ image: String) -> [RegistryCredential] {
        let name = ImageReference.expanded(image)
        return entries.filter { Self.isFor($0.place, name) }.map(\.credential)
    }

    private static func decoded(_ text: String) -> JSON {
        Base64.decode(text).flatMap { try? JSON(parsing: $0) } ?? .object
    }

    private static func credential(_ entry: JSON, _ server: String) -> RegistryCredential? {
        var (user, password) = (entry["username"]?.string ?? "", entry["password"]?.string ?? "")
        let token = entry["identitytoken"]?.string ?? ""
        if let both = entry["auth"]?.string.flatMap({ Base64.decode($0) }) {
            let text = String(decoding: both, as: UTF8.self)
            if let colon = text.firstIndex(of: ":") {
                (user, password) = (String(text[..<colon]), String(text[text.index(after: colon)...]))
            }
        }
        guard !user.isEmpty || !token.isEmpty else { return nil }
        return RegistryCredential(username: user, password: password, identityToken: token)
    }

    /// `registry.example.com:5000/team` of what may be written as a URL.
    private static func place(_ name: String) -> String {
        var place = name[...]
        for scheme in ["https://", "http://"] where place.hasPrefix(scheme) { place = place.dropFirst(scheme.count) }
        let parts = place.split(separator: "/", maxSplits: 1)
        let host = parts.first.map(String.init) ?? ""
        let path = parts.count > 1 ? String(parts[1]) : ""
        let isDocker = ["index.docker.io", "registry-1.docker.io", "docker.io"].contains(host)
        // What docker login writes is the API's address, which is the whole registry.
        let isAPI = ["v1", "v1/", "v2", "v2/", ""].contains(path)
        return (isDocker ? "docker.io" : host) + (isAPI ? "" : "/" + path)
    }

    /// A star stands for anything within one part of the host's name; a path for all that begins with it.
    static func isFor(_ place: String, _ image: String) -> Bool {
        func parts(_ text: String) -> (host: [Substring], path: String) {
            let parts = text.split(separator: "/", maxSplits: 1)
            return ((parts.first ?? "").split(separator: "."), parts.count > 1 ? String(parts[1]) : "")
        }
        let (wanted, given) = (parts(place), parts(image))
        guard wanted.host.count == given.host.count, given.path.hasPrefix(wanted.path) else { return false }
        return zip(wanted.host, given.host).allSatisfy { pattern, part in
            guard let star = pattern.firstIndex(of: "*") else { return pattern == part }
            let (front, back) = (pattern[..<star], pattern[pattern.index(after: star)...])
            return part.count >= front.count + back.count && part.hasPrefix(front) && part.hasSuffix(back)
        }
    }
}
