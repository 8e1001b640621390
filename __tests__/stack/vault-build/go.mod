module candig-backup-test/vault

go 1.20

require github.com/hashicorp/vault v1.13.1

// Vault replaces these two by folders of its own repository; these are the releases that hold the same.
replace github.com/hashicorp/vault/sdk => github.com/hashicorp/vault/sdk v0.8.1

replace github.com/hashicorp/vault/api => github.com/hashicorp/vault/api v1.9.0

// Not to be had any more, and no CanDIG site uses it.
replace github.com/hashicorp/vault-plugin-database-snowflake => ./snowflake
