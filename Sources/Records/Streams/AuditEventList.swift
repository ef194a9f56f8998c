import APIMachinery

/// What a webhook is sent: an audit.k8s.io/v1 EventList.
public enum AuditEventList {
    /// From the texts of events, which in a list do not say what they are.
    public static func text(_ events: [[UInt8]]) -> [UInt8] {
        var text = Array("{\"kind\":\"EventList\",\"apiVersion\":\"audit.k8s.io/v1\",\"metadata\":{},\"items\":[".utf8)
        for (index, event) in events.enumerated() {
            guard var item = try? JSON(parsing: event) else { continue }
            item["kind"] = nil
            item["apiVersion"] = nil
            if index > 0 { text.append(UInt8(ascii: ",")) }
            item.write(to: &text)
        }
        text += Array("]}\n".utf8)
        return text
    }
}
