"""The schemas that clients see: small, closed, without null and noise, with the catalog's figures in them."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema


class LeanSchema(GenerateJsonSchema):
    """JSON Schema without titles, null branches and defaults of null or false."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        lean = super().default_schema(schema)
        if "default" in lean and (lean["default"] is None or lean["default"] is False):
            del lean["default"]
        return lean

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def input_schema(arguments: type[BaseModel], facts: Mapping[str, str]) -> dict[str, Any]:
    """What a tool takes. `{name}` in a description is replaced by the fact of that name."""
    schema = arguments.model_json_schema(schema_generator=LeanSchema)
    schema.pop("title", None)
    schema.pop("description", None)
    for field in schema.get("properties", {}).values():
        if "description" in field:
            field["description"] = field["description"].format_map(facts)
    return schema
