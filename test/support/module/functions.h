// All functions of CK_FUNCTION_LIST in the standard's order, and whether one can change a token.
#define FUNCTIONS(F) \
  F(Initialize, 0) F(Finalize, 0) F(GetInfo, 0) F(GetFunctionList, 0) F(GetSlotList, 0) F(GetSlotInfo, 0) \
  F(GetTokenInfo, 0) F(GetMechanismList, 0) F(GetMechanismInfo, 0) F(InitToken, 1) F(InitPIN, 1) F(SetPIN, 1) \
  F(OpenSession, 0) F(CloseSession, 0) F(CloseAllSessions, 0) F(GetSessionInfo, 0) F(GetOperationState, 0) \
  F(SetOperationState, 0) F(Login, 1) F(Logout, 0) F(CreateObject, 1) F(CopyObject, 1) F(DestroyObject, 1) \
  F(GetObjectSize, 0) F(GetAttributeValue, 0) F(SetAttributeValue, 1) F(FindObjectsInit, 0) F(FindObjects, 0) \
  F(FindObjectsFinal, 0) F(EncryptInit, 0) F(Encrypt, 0) F(EncryptUpdate, 0) F(EncryptFinal, 0) F(DecryptInit, 0) \
  F(Decrypt, 0) F(DecryptUpdate, 0) F(DecryptFinal, 0) F(DigestInit, 0) F(Digest, 0) F(DigestUpdate, 0) \
  F(DigestKey, 0) F(DigestFinal, 0) F(SignInit, 0) F(Sign, 0) F(SignUpdate, 0) F(SignFinal, 0) F(SignRecoverInit, 0) \
  F(SignRecover, 0) F(VerifyInit, 0) F(Verify, 0) F(VerifyUpdate, 0) F(VerifyFinal, 0) F(VerifyRecoverInit, 0) \
  F(VerifyRecover, 0) F(DigestEncryptUpdate, 0) F(DecryptDigestUpdate, 0) F(SignEncryptUpdate, 0) \
  F(DecryptVerifyUpdate, 0) F(GenerateKey, 1) F(GenerateKeyPair, 1) F(WrapKey, 0) F(UnwrapKey, 1) F(DeriveKey, 1) \
  F(SeedRandom, 0) F(GenerateRandom, 0) F(GetFunctionStatus, 0) F(CancelFunction, 0) F(WaitForSlotEvent, 0)
