# What Keystead needs at an OpenBao or Vault server, and no more. Where the engines are mounted elsewhere than at
# transit/ and pki/, change the paths; where it has no business with a part, leave that part out.
#
#   bao policy write keystead openbao-policy.hcl
#   bao write auth/approle/role/keystead token_policies=keystead token_period=24h secret_id_num_uses=0
#
# That a token may look at itself, renew itself and end itself is in the policy `default`, which tokens have by themselves.

# Keys: seen, made, rotated, bounded by their minimum versions, ended. (The transit engine makes keys by `update`.)
path "transit/keys/" {
  capabilities = ["list"]
}
path "transit/keys/+" {
  capabilities = ["update", "read", "delete"]
}
path "transit/keys/+/rotate" {
  capabilities = ["update"]
}
# Not `exportable` nor `allow_plaintext_backup`: no key becomes one that may leave.
path "transit/keys/+/config" {
  capabilities = ["update"]
  allowed_parameters = {
    "min_decryption_version" = []
    "min_encryption_version" = []
    "deletion_allowed" = []
  }
}
path "transit/keys/+/trim" {
  capabilities = ["update"]
}

# Keys: used.
path "transit/sign/+" {
  capabilities = ["update"]
}
path "transit/verify/+" {
  capabilities = ["update"]
}
path "transit/hmac/+" {
  capabilities = ["update"]
}

# Keys: brought in, wrapped to the engine's own key.
path "transit/wrapping_key" {
  capabilities = ["read"]
}
path "transit/keys/+/import" {
  capabilities = ["update"]
}

# Private halves: read, of keys that were made exportable. Leave it out where none may leave.
path "transit/export/+/+/+" {
  capabilities = ["read"]
}

# Certificates: requests signed by any role, revoked. Name the roles instead of + where only some are meant.
path "pki/sign/+" {
  capabilities = ["update"]
}
path "pki/revoke" {
  capabilities = ["update"]
}
path "pki/cert/ca_chain" {
  capabilities = ["read"]
}
