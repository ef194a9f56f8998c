import APIMachinery
import Basics
import KubeAPI
import Testing

/// Bodies as kubectl 1.32 sent them for `kubectl create …`.
@Suite struct ProtobufBodiesTests {
    @Test(
        arguments: [
            (
                #"azhzAAoPCgJ2MRIJTmFtZXNwYWNlEhwKFAoEZGVtbxIAGgAiACoAMgA4AEIAEgAaAgoAGgAiAA=="#,
                #"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"demo"},"spec":{},"status":{}}"#
            ),
            (
                #"azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50ErgBCh8KA3dlYhIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViEoYBCAMSDAo"#
                    + #"KCgNhcHASA3dlYhpsChwKABIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViEkwSLgoFbmdpbngSBW5naW54KgAyCgoAEAAYUC"#
                    + #"IAKgBCAGoAcgCAAQCIAQCQAQCiAQAaADIAQgBKAFIAWABgAGgAggEAigEAmgEAwgEAIgIKACgAOAAaDAgAEAAYACAAKAA4A"#
                    + #"BoAIgA="#,
                #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"labels":{"app":"web"},"name":"web"},"s"#
                    + #"pec":{"replicas":3,"selector":{"matchLabels":{"app":"web"}},"strategy":{},"template":{"metadata"#
                    + #"":{"labels":{"app":"web"}},"spec":{"containers":[{"image":"nginx","name":"nginx","ports":[{"con"#
                    + #"tainerPort":80}],"resources":{}}]}}},"status":{}}"#
            ),
            (
                #"azhzAAoMCgJ2MRIGU2VjcmV0Eh0KEQoBcxIAGgAiACoAMgA4AEIAEgYKAWsSAXYaABoAIgA="#,
                #"{"apiVersion":"v1","data":{"k":"dg=="},"kind":"Secret","metadata":{"name":"s"}}"#
            ),
            (
                #"azhzAAoNCgJ2MRIHU2VydmljZRJoCh0KAm5wEgAaACIAKgAyADgAQgBaCQoDYXBwEgJucBJDCh4KBzgwLWh0dHASA1RDUBh"#
                    + #"QIgoIARAAGgRodHRwKAASCQoDYXBwEgJucBoAIghOb2RlUG9ydDoAQgBSAFoAYABoABoCCgAaACIA"#,
                #"{"apiVersion":"v1","kind":"Service","metadata":{"labels":{"app":"np"},"name":"np"},"spec":{"por"#
                    + #"ts":[{"name":"80-http","port":80,"protocol":"TCP","targetPort":"http"}],"selector":{"app":"np"}"#
                    + #","type":"NodePort"},"status":{"loadBalancer":{}}}"#
            ),
            (
                #"azhzAAofChRuZXR3b3JraW5nLms4cy5pby92MRIHSW5ncmVzcxJXChEKAWkSABoAIgAqADIAOABCABI+Eg4KCWEuZXhhbXB"#
                    + #"sZRIBdBosCglhLmV4YW1wbGUSHwodChsKAi94Eg0iCwoDc3ZjEgQKABBQGgZQcmVmaXgaAgoAGgAiAA=="#,
                #"{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"i"},"spec":{"rules":["#
                    + #"{"host":"a.example","http":{"paths":[{"backend":{"service":{"name":"svc","port":{"number":80}}}"#
                    + #","path":"/x","pathType":"Prefix"}]}}],"tls":[{"hosts":["a.example"],"secretName":"t"}]},"status"#
                    + #"":{"loadBalancer":{}}}"#
            ),
            (
                #"azhzAAooChhhdXRoZW50aWNhdGlvbi5rOHMuaW8vdjESDFRva2VuUmVxdWVzdBIdChAKABIAGgAiACoAMgA4AEIAEgMgkBw"#
                    + #"aBAoAEgAaACIA"#,
                #"{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","metadata":{},"spec":{"expiratio"#
                    + #"nSeconds":3600},"status":{"token":""}}"#
            ),
        ] as [(String, String)])
    func decodes(_ body: String, _ expected: String) throws {
        let bytes = try #require(Base64.decode(body))
        let object = try Protobuf.decode(bytes) { Schema.kubernetes($0) }
        #expect(object.canonicalText == expected)
        let kind = GroupVersionKind(
            apiVersion: object["apiVersion"]?.string ?? "", kind: object["kind"]?.string ?? "")
        let type = try #require(Schema.kubernetes(kind))
        let again = try Protobuf.decode(try Protobuf.encode(object, type: type)) { Schema.kubernetes($0) }
        #expect(again.canonicalText == expected)
    }

    /// A ConfigMap whose `data` is not text; JSON could not hold it.
    @Test func refusesStringsThatAreNotUTF8() throws {
        let bytes = try #require(
            Base64.decode("azhzAAoPCgJ2MRIJQ29uZmlnTWFwEiYKEQoBYxIAGgAiACoAMgA4AEIAEgYKAWESAWISCQoDYmluEgL//hoAIgA="))
        #expect(throws: StatusError.badRequest("protobuf message cannot be decoded: string is not UTF-8")) {
            try Protobuf.decode(bytes) { Schema.kubernetes($0) }
        }
    }
}
