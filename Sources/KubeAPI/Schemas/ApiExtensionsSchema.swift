extension KubernetesSchema {
    static let apiExtensions = """
        package io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind CustomResourceDefinition
          metadata 1 meta.ObjectMeta
          spec 2 CustomResourceDefinitionSpec required always
          status 3 CustomResourceDefinitionStatus
        kind CustomResourceDefinitionList
          metadata 1 meta.ListMeta always
          items 2 [CustomResourceDefinition] required always
        type CustomResourceDefinitionSpec
          group 1 string required always
          names 3 CustomResourceDefinitionNames required always
          scope 4 string:ResourceScope required always
          versions 7 [CustomResourceDefinitionVersion] required always atomic
          conversion 9 *CustomResourceConversion
          preserveUnknownFields 10 bool
        type CustomResourceDefinitionNames
          plural 1 string required always
          singular 2 string
          shortNames 3 [string] atomic
          kind 4 string required always
          listKind 5 string
          categories 6 [string] atomic
        type CustomResourceDefinitionVersion
          name 1 string required always
          served 2 bool required always
          storage 3 bool required always
          schema 4 *CustomResourceValidation
          subresources 5 *CustomResourceSubresources
          additionalPrinterColumns 6 [CustomResourceColumnDefinition] atomic
          deprecated 7 bool
          deprecationWarning 8 *string
          selectableFields 9 [SelectableField] atomic
        type SelectableField
          jsonPath 1 string required always
        type CustomResourceConversion
          strategy 1 string:ConversionStrategyType required always
          webhook 2 *WebhookConversion
        type WebhookConversion
          clientConfig 2 *WebhookClientConfig
          conversionReviewVersions 3 [string] required always atomic
        type WebhookClientConfig
          service 1 *ServiceReference
          caBundle 2 bytes
          url 3 *string
        type ServiceReference
          namespace 1 string required always
          name 2 string required always
          path 3 *string
          port 4 *int32
        type CustomResourceColumnDefinition
          name 1 string required always
          type 2 string required always
          format 3 string
          description 4 string
          priority 5 int32
          jsonPath 6 string required always
        type CustomResourceValidation
          openAPIV3Schema 1 *JSONSchemaProps
        type CustomResourceSubresources
          status 1 *CustomResourceSubresourceStatus
          scale 2 *CustomResourceSubresourceScale
        type CustomResourceSubresourceStatus
        type CustomResourceSubresourceScale
          specReplicasPath 1 string required always
          statusReplicasPath 2 string required always
          labelSelectorPath 3 *string
        type CustomResourceDefinitionStatus
          conditions 1 [CustomResourceDefinitionCondition] map(type)
          acceptedNames 2 CustomResourceDefinitionNames always
          storedVersions 3 [string] atomic
          observedGeneration 4 int64
        type CustomResourceDefinitionCondition
          type 1 string:CustomResourceDefinitionConditionType required always
          status 2 string:ConditionStatus required always
          lastTransitionTime 3 time
          reason 4 string
          message 5 string
          observedGeneration 6 int64
        type ExternalDocumentation
          description 1 string
          url 2 string
        type ValidationRule
          rule 1 string required always
          message 2 string
          messageExpression 3 string
          reason 4 *string:FieldValueErrorReason
          fieldPath 5 string
          optionalOldSelf 6 *bool
        type JSONSchemaProps
          id 1 string
          $schema 2 string:JSONSchemaURL
          $ref 3 *string
          description 4 string
          type 5 string
          format 6 string
          title 7 string
          default 8 any
          maximum 9 *double
          exclusiveMaximum 10 bool
          minimum 11 *double
          exclusiveMinimum 12 bool
          maxLength 13 *int64
          minLength 14 *int64
          pattern 15 string
          maxItems 16 *int64
          minItems 17 *int64
          uniqueItems 18 bool
          multipleOf 19 *double
          enum 20 [any] atomic
          maxProperties 21 *int64
          minProperties 22 *int64
          required 23 [string] atomic
          items 24 any
          allOf 25 [JSONSchemaProps] atomic
          oneOf 26 [JSONSchemaProps] atomic
          anyOf 27 [JSONSchemaProps] atomic
          not 28 *JSONSchemaProps
          properties 29 {JSONSchemaProps}
          additionalProperties 30 any
          patternProperties 31 {JSONSchemaProps}
          dependencies 32 {any}
          additionalItems 33 any
          definitions 34 {JSONSchemaProps}
          externalDocs 35 *ExternalDocumentation
          example 36 any
          nullable 37 bool
          x-kubernetes-preserve-unknown-fields 38 *bool
          x-kubernetes-embedded-resource 39 bool
          x-kubernetes-int-or-string 40 bool
          x-kubernetes-list-map-keys 41 [string] atomic
          x-kubernetes-list-type 42 *string
          x-kubernetes-map-type 43 *string
          x-kubernetes-validations 44 [ValidationRule] map(rule) merge(rule)
        """
}
