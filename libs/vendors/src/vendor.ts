import type { FieldError, Lane } from '@app/contracts';
import type { z } from 'zod';
import type { VendorConnection } from './connection.js';
import type { DeviceProgramming } from './devices.js';
import type { VendorFault } from './faults.js';
import type { VendorLimits } from './limits.js';
import type { ProviderCalls } from './provider-calls.js';
import type { SecretField } from './secrets.js';

/** A site as a run needs it: the spec with its secrets in place, and what names it at the vendor. */
export interface SiteToConverge<Spec = Record<string, unknown>> {
  /** The ledger's id of the site; written into the vendor object as our mark of ownership. */
  resourceId: string;
  /** The site's name at the vendor (see `vendorName`). */
  vendorName: string;
  spec: Spec;
}

/** An object that exists at the vendor, and the Terraform address that manages it. */
export interface VendorObject {
  address: string;
  id: string;
}

/** What the vendor holds under a site's name. */
export interface FoundSite extends VendorObject {
  /** It carries our mark for exactly this resource; anything else is somebody else's site. */
  isOurs: boolean;
  /** What hangs below the site and has a Terraform address of its own. */
  children: VendorObject[];
  /** What hangs below the site and the wanted spec does not account for, at the address that it would have. */
  strangers: VendorObject[];
}

/** Converging a site by the Terraform CLI with a static module. */
export interface TerraformConvergence {
  kind: 'terraform';
  /** Fully qualified source address and exact version of the provider. */
  provider: { source: string; version: string };
  /** Folder with the static `.tf` files. User text never becomes HCL. */
  moduleDirectory: string;
  /** The site's own address in the module. */
  siteAddress: string;
  /** Values of the module's variables, secrets included: written to a 0600 file and nowhere else. */
  variables(site: SiteToConverge, connection: VendorConnection): Record<string, unknown>;
  /** What the provider process needs in its environment besides the allow-list. */
  environment: Readonly<Record<string, string>>;
  /** What the provider calls, so that its calls are counted with all others. */
  calls: ProviderCalls;
  /** Terraform's `-parallelism`. */
  parallelism: number;
  /** Addresses that an update from one spec to another is asked to destroy; all else waits for approval. */
  destroyedBy(applied: Record<string, unknown> | undefined, next: Record<string, unknown>): string[];
  /** The module's outputs as the API shows them. */
  outputs(raw: Record<string, unknown>): Record<string, unknown>;
  /** An error text that says nothing about what the vendor did: a plan that finds nothing to do proves success. */
  isCheckedByPlan(diagnostic: string): boolean;
  /** Looks the site up at the vendor. Throws a `VendorFaultError`. */
  find(
    site: SiteToConverge,
    connection: VendorConnection,
    signal: AbortSignal,
  ): Promise<FoundSite | undefined>;
  /** Removes a site and all below it. Throws a `VendorFaultError`. */
  remove(siteId: string, connection: VendorConnection, signal: AbortSignal): Promise<void>;
  /** Removes one object that hangs below a site. Throws a `VendorFaultError`. */
  removeBelow(object: VendorObject, connection: VendorConnection, signal: AbortSignal): Promise<void>;
  /** The provider takes part of the site from the state instead of reading it, unless the site is imported. */
  readsSiteInPart: boolean;
}

/** Converging a site by the vendor's API, where there is no provider for Terraform. */
export interface DirectConvergence {
  kind: 'direct';
  /** The calls that one convergence makes as a rule, by API operation. */
  callsOfRun: Readonly<Record<string, number>>;
  /**
   * Brings the site to its spec; answers its outputs. Repeating it after a lost answer changes nothing twice.
   * @param mayExist an earlier try may have reached the vendor; else an object of that name is somebody else's
   * @throws VendorFaultError; `NAME_TAKEN` for an object of that name that is not ours
   */
  converge(
    site: SiteToConverge,
    options: { mayExist: boolean; connection: VendorConnection; signal: AbortSignal },
  ): Promise<Record<string, unknown>>;
  /** Removes the site and all below it; what is gone already is no fault. @throws VendorFaultError */
  remove(site: SiteToConverge, options: { connection: VendorConnection; signal: AbortSignal }): Promise<void>;
}

/** What a vendor is. A folder `libs/vendors/src/<id>/vendor.ts` exports one as `vendor`; nothing else is needed to add it. */
export interface Vendor {
  id: string;
  displayName: string;
  lanes: readonly Lane[];
  /** Where the vendor's production API lives; a vendor account may name another address. */
  defaultBaseUrl: string;
  /** Where the sandbox simulates it, if it runs on the services' own machine. */
  sandboxBaseUrl: string;
  accountId: z.ZodType<string>;
  credentials: z.ZodType<Record<string, string>>;
  /** Longest name of a site at the vendor, in characters. */
  maxNameLength: number;
  site: {
    spec: z.ZodType<Record<string, unknown>>;
    /** Absent: its sites have no tunnels of their own. */
    tunnel?: z.ZodType<Record<string, unknown>>;
    /** The write-only fields of a spec. */
    secrets: readonly SecretField[];
    /** The output that tells one site of the vendor's from another. Absent: its sites have nothing but their names. */
    idOutput?: string;
    /** Why the vendor cannot go from an applied spec to another yet, or undefined when it can. */
    unsupportedChange(
      applied: Record<string, unknown>,
      next: Record<string, unknown>,
    ): FieldError | undefined;
    convergence: TerraformConvergence | DirectConvergence;
  };
  /** Absent: its devices cannot be programmed. */
  devices?: DeviceProgramming;
  limits: VendorLimits;
  /** Reads a provider's or the API's error text. Undefined when it is not the vendor's. The result holds no secret. */
  fault(text: string): VendorFault | undefined;
  /** Gives back what the process holds at the vendor, before it ends. Absent: it holds nothing. Never throws. */
  close?(signal: AbortSignal): Promise<void>;
}

/** A vendor whose sites Terraform converges. */
export type TerraformVendor = Vendor & { site: { convergence: TerraformConvergence } };

/** A vendor whose sites are converged by its own API. */
export type DirectVendor = Vendor & { site: { convergence: DirectConvergence } };

export const isDirectVendor = (vendor: Vendor): vendor is DirectVendor =>
  vendor.site.convergence.kind === 'direct';

export const isTerraformVendor = (vendor: Vendor): vendor is TerraformVendor =>
  vendor.site.convergence.kind === 'terraform';
