import type { CatoContext } from './context.js';
import type { Resolver } from './execute.js';

/** There is never a draft here; the call is answered so that tests can count it and prove that it is not made. */
function discardPolicyRevision(): unknown {
  return {
    status: 'FAILURE',
    errors: [
      { errorCode: 'PolicyRevisionNotFound', errorMessage: 'No policy revision was found to discard' },
    ],
  };
}

export const policyResolvers: Readonly<Record<string, Resolver<CatoContext>>> = {
  'PrivateAccessPolicyMutations.discardPolicyRevision': discardPolicyRevision,
};
