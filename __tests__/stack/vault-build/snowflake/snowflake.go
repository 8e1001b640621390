// Package snowflake stands in for a plugin that is never used.
package snowflake

func New() (interface{}, error) { return nil, nil }
